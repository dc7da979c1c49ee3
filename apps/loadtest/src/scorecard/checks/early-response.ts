import { type Check, passIf } from "./check.ts";
import { statusOfFinal, target, wireRequest } from "./wire-request.ts";

/** Under the largest body of any default, and over what a server reads on to be able to answer. */
const bodyBytes = 800_000;

/** A backend that refuses an upload does not read it; the client must learn why. */
export const earlyResponse: Check = {
  name: "early-response",
  group: "protocol",
  title: "403 before the upload ends",
  rule: "an answer that comes before the request body was sent reaches the client",
  async run(scene) {
    const outcome = await scene.exchange({
      // Half of it: the client still has the other half to send.
      send: wireRequest(
        `POST ${target} HTTP/1.1`,
        [`Content-Length: ${bodyBytes}`],
        "x".repeat(bodyBytes / 2),
      ),
      answersEarly: true,
      script: (socket) =>
        socket.write("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
      timeoutMs: 1500,
      spoils: true,
    });
    const status = statusOfFinal(outcome);
    return passIf(
      status === 403,
      status === 0 ? "no answer" : String(status),
      status === 403 ? undefined : "within 1.5 s: it waits for the rest of the upload",
    );
  },
};
