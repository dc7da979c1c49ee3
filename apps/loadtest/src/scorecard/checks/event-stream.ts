import { type Check, passIf } from "./check.ts";
import { WireClient } from "../wire/wire-client.ts";

const intervalMs = 1000;

/** An event that waits in a buffer for the next one is no event. */
export const eventStream: Check = {
  name: "event-stream",
  group: "protocol",
  title: "server-sent events come at once",
  rule: "the first event of a stream reaches the client before the backend sends the second",
  async run(scene) {
    const { hostname, port } = new URL((await scene.testBackends()).url);
    const client = new WireClient(Number(port) || 80, hostname);
    try {
      client.send(
        `GET /sse?events=2&interval=${intervalMs} HTTP/1.1\r\nHost: lab.test\r\nAccept: text/event-stream\r\n\r\n`,
      );
      await client.until(() => client.received.includes("id: 1"), intervalMs * 4);
      const isAlone = client.received.includes("id: 1") && !client.received.includes("id: 2");
      return passIf(isAlone, isAlone ? "at once" : "held back");
    } finally {
      client.close();
    }
  },
};
