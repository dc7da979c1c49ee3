import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { exchangeRaw, head, parseAnswer, RawClient } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";

test("accepts a connection, reads nothing, and serves it when it is over", async () => {
  const backend = await startForTest({ faults: { fault: "blackhole" } });
  const client = new RawClient(backend.port);
  client.send(head("POST", "/echo", "Content-Length: 2") + "ab");
  await eventually(() => backend.stats().byFault["blackhole"] === 1);
  // A connection that is served answers within a turn or two of the event loop.
  const other = new RawClient(backend.port);
  other.send(head("GET", "/health"));
  await eventually(() => backend.stats().openConnections === 2);
  expect(backend.stats().requests).toBe(0);
  backend.setFaults([]);
  expect(JSON.parse(parseAnswer(await client.takeAll()).body)).toMatchObject({ body: "ab" });
  expect(parseAnswer(await other.takeAll()).status).toBe(200);
});

test("also holds what comes on connections from before", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take("}\n");
  backend.setFaults({ fault: "blackhole" });
  client.send(head("GET", "/bytes/3"));
  await eventually(() => backend.stats().byFault["blackhole"] === 1);
  expect(client.received).toBe("");
  backend.setFaults([]);
  expect(parseAnswer(await client.takeAll()).body).toHaveLength(3);
});

test("forgets a held request whose client leaves, and says that it hung", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take("}\n");
  backend.setFaults({ fault: "blackhole" });
  client.send(head("GET", "/"));
  await eventually(() => backend.stats().byFault["blackhole"] === 1);
  client.socket.destroy();
  await eventually(() => backend.stats().byEnding.hung === 1);
});

test("finishes what it held when the backend is told to end afterwards", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take("}\n");
  backend.setFaults({ fault: "blackhole" });
  client.send(head("GET", "/delay/50"));
  await eventually(() => backend.stats().byFault["blackhole"] === 1);
  backend.setFaults([]);
  await exchangeRaw(backend.port, head("GET", "/health"));
  await backend.close();
  expect(parseAnswer(await client.takeAll()).status).toBe(200);
});

test("with open=keep it leaves those alone", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take("}\n");
  backend.setFaults({ fault: "blackhole", open: "keep" });
  client.send(head("GET", "/bytes/3"));
  expect(parseAnswer(await client.takeAll()).body).toHaveLength(3);
});

test("holds as many connections as its count says", async () => {
  const backend = await startForTest({ faults: { fault: "blackhole", open: "keep", count: 1 } });
  const held = new RawClient(backend.port);
  await eventually(() => backend.stats().byFault["blackhole"] === 1);
  const served = new RawClient(backend.port);
  served.send(head("GET", "/bytes/3"));
  expect(parseAnswer(await served.takeAll()).status).toBe(200);
  expect(held.ending).toBe("open");
});

test("survives a client that resets a connection that is held, and ends all the same", async () => {
  const backend = await startForTest({ faults: { fault: "blackhole" } });
  const leaving = new RawClient(backend.port);
  const staying = new RawClient(backend.port);
  await eventually(() => backend.stats().byFault["blackhole"] === 2);
  leaving.socket.resetAndDestroy();
  await eventually(() => backend.stats().openConnections === 1);
  await backend.close();
  expect(await staying.takeAll()).toBe("");
});
