import { type Check, passIf } from "./check.ts";
import { valuesOf } from "../wire/message.ts";
import { finalOf, wireGet } from "./wire-request.ts";

const hopByHop = ["x-hop", "proxy-connection"];

/** The same on the way back. */
export const hopByHopResponse: Check = {
  name: "hop-by-hop-response",
  group: "protocol",
  title: "… of responses",
  rule: "no field that a backend's Connection names, nor Proxy-Connection, reaches the client",
  async run(scene) {
    const outcome = await scene.exchange({
      send: wireGet(),
      script: (socket) =>
        socket.write(
          "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nProxy-Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        ),
    });
    const final = finalOf(outcome);
    const leaked = hopByHop.filter(
      (name) => final === undefined || valuesOf(final, name).length > 0,
    );
    return passIf(
      leaked.length === 0,
      `${leaked.length} of ${hopByHop.length}`,
      leaked.length === 0 ? undefined : `leaked: ${leaked.join(", ")}`,
    );
  },
};
