import { expect, test } from "vitest";
import { eventually } from "../../test/eventually.ts";
import { exchangeRaw, head, parseAnswer, RawClient, tryConnect } from "../../test/raw-client.ts";
import { startForTest } from "../../test/start-for-test.ts";
import type { RunningBackend } from "../backend.ts";

async function untilRefused({ port }: RunningBackend): Promise<void> {
  await eventually(async () => (await tryConnect(port)) === "refused");
}

/** A connection that has served one request and is idle. */
async function idleClient({ port }: RunningBackend): Promise<RawClient> {
  const client = new RawClient(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.take("}\n");
  return client;
}

test("refuses connections until it is removed, then listens on the same port", async () => {
  const backend = await startForTest();
  backend.setFaults({ fault: "refuse" });
  await untilRefused(backend);
  expect(backend.stats().byFault).toEqual({ refuse: 1 });
  backend.setFaults([]);
  expect((await exchangeRaw(backend.port, head("GET", "/"))).status).toBe(200);
});

test("listens again by itself when its time is over, and refuses again the next time", async () => {
  const backend = await startForTest();
  for (let i = 0; i < 3; i++) {
    backend.setFaults({ fault: "refuse", for: "100ms" });
    await untilRefused(backend);
    await eventually(async () => (await tryConnect(backend.port)) === "accepted");
  }
});

test("stays shut until the last of several is over", async () => {
  const backend = await startForTest();
  backend.setFaults([{ fault: "refuse" }, { fault: "refuse" }]);
  await eventually(() => backend.stats().byFault["refuse"] === 2);
  const [first] = backend.faults();
  await untilRefused(backend);
  expect(backend.state.faults.remove(first?.id ?? 0)).toBe(true);
  expect(await tryConnect(backend.port)).toBe("refused");
  backend.setFaults([]);
  expect(await tryConnect(backend.port)).toBe("accepted");
});

test.each([
  ["close", "closed"],
  ["reset", "reset"],
])("with open=%s an idle connection is %s", async (open, ending) => {
  const backend = await startForTest();
  const client = await idleClient(backend);
  backend.setFaults({ fault: "refuse", open });
  await client.takeAll();
  expect(client.ending).toBe(ending);
});

test("with open=close a request in flight is answered, and its connection ends", async () => {
  const backend = await startForTest();
  const client = new RawClient(backend.port);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
  await eventually(() => backend.stats().requests === 1);
  backend.setFaults({ fault: "refuse" });
  await untilRefused(backend);
  client.send("y");
  const answer = parseAnswer(await client.takeAll());
  expect([answer.status, client.ending]).toEqual([200, "closed"]);
  expect(answer.fields).toContain("Connection: close");
});

test("with open=keep an open connection goes on being served", async () => {
  const backend = await startForTest();
  const client = await idleClient(backend);
  backend.setFaults({ fault: "refuse", open: "keep" });
  await untilRefused(backend);
  client.send(head("GET", "/bytes/3"));
  expect(parseAnswer(await client.takeAll()).status).toBe(200);
});

test("ends while it refuses, and stays ended", async () => {
  const backend = await startForTest({ faults: { fault: "refuse" } });
  await untilRefused(backend);
  await backend.close();
  expect(await tryConnect(backend.port)).toBe("refused");
});
