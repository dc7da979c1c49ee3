import type { Server, Stage } from "./stage.ts";

/** Several backends in one process, so that they are equally fast whatever the machine does meanwhile. */
export interface BackendGroup {
  /** As they call themselves in X-Backend. */
  readonly names: readonly string[];
  readonly origins: readonly string[];
}

/** `evenkeel backend --count N`, ready. */
export async function startGroup(
  stage: Stage,
  count: number,
  flags: readonly string[] = [],
): Promise<BackendGroup> {
  const own = ["backend", "--count", String(count), "--port", "0", "--name", "Server", "--json"];
  const program = stage.start([...own, ...flags]);
  const ports: number[] = [];
  while (ports.length < count) {
    const next = await program.jsonLine(
      `${count} backends listen`,
      ({ event, port }) => event === "listening" && !ports.includes(Number(port)),
    );
    ports.push(Number(next["port"]));
  }
  ports.sort((one, other) => one - other);
  return {
    names: ports.map((port) => `Server-${port}`),
    origins: ports.map((port) => `http://127.0.0.1:${port}`),
  };
}

/** Their origins. */
export function originsOf(servers: readonly Server[]): readonly string[] {
  return servers.map(({ origin }) => origin);
}
