import { type Check, passIf } from "./check.ts";
import { statusOfFinal, target, wireRequest } from "./wire-request.ts";

const bodyBytes = 200_000;

/** A backend that refuses an upload does not read it; the client must learn why. */
export const earlyResponse: Check = {
  name: "early-response",
  group: "protocol",
  title: "413 before the upload ends",
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
        socket.write(
          "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        ),
      timeoutMs: 1500,
      spoils: true,
    });
    const status = statusOfFinal(outcome);
    return passIf(
      status === 413,
      status === 0 ? "no answer" : String(status),
      status === 413
        ? undefined
        : "within 1.5 s; a balancer that buffers uploads waits for the rest",
    );
  },
};
