import { statusOf } from "../wire/message.ts";
import { type Check, passIf } from "./check.ts";
import { statusOfFinal, wireGet } from "./wire-request.ts";

/** Early hints are worth nothing late (RFC 9110 section 15.2: a proxy must forward 1xx). */
export const informational: Check = {
  name: "informational",
  group: "protocol",
  title: "103 goes on to the client",
  rule: "a backend's 103 reaches the client before the final response",
  async run(scene) {
    const outcome = await scene.exchange({
      send: wireGet(),
      script: (socket) =>
        socket.write(
          "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ),
    });
    const statuses = outcome.answer.messages.map(statusOf);
    const isFine = statuses[0] === 103 && statusOfFinal(outcome) === 200;
    return passIf(
      isFine,
      statuses.join(", then ") || "no answer",
      statuses.length === 1 && statuses[0] === 103 ? "and no final response after it" : undefined,
    );
  },
};
