import { expect, test } from "vitest";
import { RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

const ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test("closes after a response that promised to keep the connection", async () => {
  const { port } = await startForTest({ faults: { fault: "stale-keep-alive" } });
  const client = new RawClient(port);
  client.send(ask);
  const received = await client.takeAll();
  expect(received).toContain("Connection: keep-alive");
  expect([received.endsWith("}\n"), client.ending]).toEqual([true, "closed"]);
});

test("does not close under a request that comes within its idle time", async () => {
  const faults = { fault: "stale-keep-alive", idle: "1h" };
  const { port } = await startForTest({ faults });
  const client = new RawClient(port);
  for (let i = 0; i < 3; i++) {
    client.send(ask);
    await client.take("}\n");
  }
  expect(client.ending).toBe("open");
});

test("loses the second request of a connection with at=request", async () => {
  const backend = await startForTest({ faults: { fault: "stale-keep-alive", at: "request" } });
  const client = new RawClient(backend.port);
  client.send(ask);
  await client.take("}\n");
  client.send(ask);
  expect(await client.takeAll()).toBe("");
  expect(client.ending).toBe("closed");
  expect(backend.stats().byEnding).toMatchObject({ answered: 1, "closed-by-us": 1 });
});
