import { type Check, passIf } from "./check.ts";
import { wireGet } from "./wire-request.ts";

const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
const rounds = 10;

/** A response that nobody asked for must not answer the next request (response-queue poisoning). */
export const unaskedResponse: Check = {
  name: "unasked-response",
  group: "protocol",
  title: "unasked responses delivered",
  rule: "a response that a backend sends unasked on a kept connection answers no later request",
  async run(scene) {
    const outcome = await scene.exchange({
      send: Array.from({ length: rounds }, () => wireGet()),
      script: (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        // A moment later, when the connection has been put back, and long before the next request.
        setTimeout(() => {
          if (socket.writable) socket.write(poison);
        }, 20).unref();
      },
      pauseMs: 100,
      timeoutMs: 2000,
      spoils: true,
    });
    const poisoned = outcome.answer.messages.filter(({ body }) => body.includes("poison"));
    return passIf(poisoned.length === 0, `${poisoned.length} of ${rounds}`);
  },
};
