import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { head, parseAnswer, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

async function askAndLose(port: number, request: string): Promise<RawClient> {
  const client = new RawClient(port);
  client.send(request);
  await client.takeAll();
  return client;
}

test("resets the connection before a byte of the response", async () => {
  const backend = await startForTest({ faults: { fault: "reset" } });
  const client = await askAndLose(backend.port, head("POST", "/", "Content-Length: 2") + "ab");
  expect([client.received, client.ending]).toEqual(["", "reset"]);
  await eventually(() => backend.stats().byEnding["reset-by-us"] === 1);
  expect(backend.stats()).toMatchObject({ bodyBytes: 2, aborted: 0, byFault: { reset: 1 } });
});

test.each([
  [0, 0],
  [1, 1],
  [40, 40],
  ["1KiB", 99],
])("resets after %s of the 100 bytes of the body, so that %i arrive", async (after, arrived) => {
  const backend = await startForTest({ faults: { fault: "reset", after } });
  const client = await askAndLose(backend.port, head("GET", "/bytes/100"));
  const { status, fields, body } = parseAnswer(client.received);
  expect([status, body.length, client.ending]).toEqual([200, arrived, "reset"]);
  expect(fields).toContain("Content-Length: 100");
  expect(backend.stats().byEnding).toMatchObject({ "reset-by-us": 1, answered: 0 });
});

test("lets no more of a large body arrive than it was told to", async () => {
  const { port } = await startForTest({ faults: { fault: "reset", after: "1MiB" } });
  const client = await askAndLose(port, head("GET", "/bytes/20000000"));
  const { body } = parseAnswer(client.received);
  expect(body.length).toBeGreaterThan(0);
  expect(body.length).toBeLessThanOrEqual(1024 * 1024);
  expect(client.ending).toBe("reset");
});

test("resets a chunked body before its last chunk", async () => {
  const { port } = await startForTest({ faults: { fault: "reset", after: 5 } });
  const client = await askAndLose(port, head("GET", "/bytes/9?chunked"));
  expect(parseAnswer(client.received).body).toBe("5\r\n\0\u0001\u0002\u0003\u0004\r\n");
});

test("resets after the head where there is no body", async () => {
  const { port } = await startForTest({ faults: { fault: "reset", after: 5 } });
  const client = await askAndLose(port, head("HEAD", "/bytes/9"));
  expect([parseAnswer(client.received).status, client.ending]).toEqual([200, "reset"]);
});

test("lets the responses before it on the connection arrive whole", async () => {
  const backend = await startForTest({ faults: { fault: "reset", path: "/bytes/1" } });
  const client = new RawClient(backend.port);
  client.send("GET /delay/20 HTTP/1.1\r\nHost: a\r\n\r\n");
  client.send(head("GET", "/bytes/1"));
  const received = await client.takeAll();
  expect(JSON.parse(parseAnswer(received).body)).toEqual({ backend: "A", delayMs: 20 });
  expect(backend.stats().byEnding).toMatchObject({ answered: 1, "reset-by-us": 1 });
});
