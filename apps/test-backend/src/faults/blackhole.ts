import { defineFault, type FaultKind } from "./fault.ts";
import { choice, parameter } from "./parameter.ts";

const fates = ["hold", "keep"] as const;

/**
 * Accepts connections and reads nothing from them, as a stopped process does whose system still
 * accepts. When it is over they are served, with whatever was sent on them meanwhile.
 */
export const blackhole: FaultKind = defineFault<{ open: (typeof fates)[number] }>({
  name: "blackhole",
  summary: "accepts connections and reads nothing; serves them when it is over",
  example: "blackhole,for=5s",
  main: "open",
  parameters: {
    open: parameter(choice(fates), "open connections: hold their requests too, or keep", "hold"),
  },
  create({ open }) {
    const releases = new Set<() => void>();
    return {
      scope: "connection",
      locksOut: true,
      take(socket, serve) {
        // Nobody reads it: what comes fills the stream's buffer, then the system's. Nobody else listens
        // for a reset either.
        socket.on("error", () => socket.destroy());
        const release = (): void => {
          if (!socket.destroyed && !socket.writableEnded) serve();
        };
        releases.add(release);
        socket.once("close", () => releases.delete(release));
      },
      async apply(exchange) {
        if (open === "keep") return "continue";
        exchange.hang();
        const end = await new Promise<"over" | "gone">((resolve) => {
          const release = (): void => resolve("over");
          releases.add(release);
          exchange.response.once("close", () => {
            releases.delete(release);
            resolve("gone");
          });
        });
        if (end === "gone") return "taken";
        exchange.unhang();
        return "continue";
      },
      end() {
        for (const release of releases) release();
        releases.clear();
      },
    };
  },
});
