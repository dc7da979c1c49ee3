import { type Check, passIf } from "./check.ts";
import { finalOf, statusOfFinal, wireGet } from "./wire-request.ts";
import type { Socket } from "node:net";

const cutOff: Readonly<Record<string, string>> = {
  "in its length": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
  "in its chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this",
  "before the last chunk":
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
};

/** Half an answer must not look like a whole one. */
export const truncated: Check = {
  name: "truncated",
  group: "protocol",
  title: "half an answer looks like one",
  rule: "a response that the backend cuts off never looks complete to the client",
  async run(scene) {
    const believed: string[] = [];
    for (const [where, bytes] of Object.entries(cutOff)) {
      const outcome = await scene.exchange({
        send: wireGet("Connection: close"),
        script: (socket: Socket) => socket.end(bytes),
        spoils: true,
      });
      const isWhole = finalOf(outcome)?.isComplete === true && statusOfFinal(outcome) === 200;
      if (isWhole) believed.push(where);
    }
    const count = Object.keys(cutOff).length;
    return passIf(
      believed.length === 0,
      `${believed.length} of ${count}`,
      believed.length === 0
        ? undefined
        : `whole for the client, although cut ${believed.join(", ")}`,
    );
  },
};
