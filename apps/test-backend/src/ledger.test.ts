import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../test/eventually.ts";
import { exchangeRaw, head, RawClient } from "../test/raw-client.ts";
import { startForTest } from "../test/start-for-test.ts";
import type { RunningBackend } from "./backend.ts";
import { Ledger, type LedgerArrival, type LedgerEntry } from "./ledger.ts";

type Line = LedgerEntry | LedgerArrival;

interface Written {
  readonly backend: RunningBackend;
  readonly ledger: Ledger;
  /** Waits for so many lines, which must be in the file while the ledger is open. */
  readonly lines: (count: number) => Promise<readonly Line[]>;
}

async function startWithLedger(faults: unknown, logsArrivals = false): Promise<Written> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-ledger-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "ledger.ndjson");
  const ledger = new Ledger({ path, logsArrivals });
  onTestFinished(() => ledger.close());
  const backend = await startForTest({ faults, ledger });
  const read = (): Line[] =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const lines = async (count: number): Promise<readonly Line[]> => {
    await eventually(() => read().length >= count);
    return read();
  };
  return { backend, ledger, lines };
}

test("writes one line for a request, with what came and what went", async () => {
  const { backend, lines } = await startWithLedger([]);
  const fields = ["X-Request-Id: proxy-1", "X-Req-Id: mine-1", "Content-Length: 3"];
  const client = new RawClient(backend.port);
  client.send(head("POST", "/bytes/5?a", ...fields) + "abc");
  const received = await client.takeAll();
  expect(await lines(1)).toEqual([
    {
      event: "ended",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      durationMs: expect.any(Number),
      backend: "A",
      requestId: "proxy-1",
      reqId: "mine-1",
      connection: 1,
      method: "POST",
      target: "/bytes/5?a",
      bytesIn: 3,
      fault: null,
      status: 200,
      bytesOut: received.length,
      ending: "answered",
    },
  ]);
});

test("tells the responses of one connection apart", async () => {
  const { backend, lines } = await startWithLedger([]);
  const client = new RawClient(backend.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const sent = [(await client.take("}\n")).length];
  client.send(head("GET", "/bytes/1000"));
  sent.push((await client.takeAll()).length);
  const [first, second] = (await lines(2)) as LedgerEntry[];
  expect([first?.bytesOut, second?.bytesOut]).toEqual(sent);
  expect([first?.connection, second?.connection]).toEqual([1, 1]);
});

test.each([
  [{ fault: "status", code: 418 }, "status", 418, "answered"],
  [{ fault: "reset" }, "reset", null, "reset-by-us"],
  [{ fault: "reset", after: 2 }, "reset", 200, "reset-by-us"],
  [[{ fault: "status" }, { fault: "latency", time: "1ms" }], "latency+status", 503, "answered"],
])("says what %j did", async (faults, fault, status, ending) => {
  const { backend, lines } = await startWithLedger(faults);
  const client = new RawClient(backend.port);
  client.send(head("GET", "/bytes/9"));
  await client.takeAll();
  expect(await lines(1)).toMatchObject([{ fault, status, ending }]);
});

test("says when the client left, and when a request hung", async () => {
  const { backend, lines } = await startWithLedger({ fault: "hang", path: "/hang" });
  for (const path of ["/delay/3600000", "/hang"]) {
    const client = new RawClient(backend.port);
    client.send(head("GET", path));
    await eventually(() => path in backend.stats().byTarget);
    client.socket.destroy();
  }
  const endings = (await lines(2)).map((line) => [line.target, (line as LedgerEntry).ending]);
  expect(Object.fromEntries(endings)).toEqual({
    "/delay/3600000": "aborted-by-client",
    "/hang": "hung",
  });
});

test("says which fault held a connection, of its first request", async () => {
  const { backend, lines } = await startWithLedger({ fault: "blackhole" });
  const client = new RawClient(backend.port);
  client.send(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${head("GET", "/bytes/1")}`);
  await eventually(() => backend.stats().byFault["blackhole"] === 1);
  backend.setFaults([]);
  await client.takeAll();
  expect(await lines(2)).toMatchObject([
    { fault: "blackhole", ending: "answered" },
    { fault: null, ending: "answered" },
  ]);
});

test("writes a line for a pipelined request that was never begun", async () => {
  const { backend, lines } = await startWithLedger([]);
  const client = new RawClient(backend.port);
  client.send("GET /delay/3600000 HTTP/1.1\r\nHost: a\r\n\r\n");
  client.send(head("GET", "/behind"));
  await eventually(() => "/behind" in backend.stats().byTarget);
  client.socket.destroy();
  expect((await lines(2)).map((line) => (line as LedgerEntry).ending)).toEqual([
    "aborted-by-client",
    "aborted-by-client",
  ]);
});

test("has a line for an arrival before the request is answered, when asked to", async () => {
  const { backend, lines } = await startWithLedger({ fault: "hang" }, true);
  const client = new RawClient(backend.port);
  client.send(head("POST", "/", "X-Request-Id: a", "Content-Length: 5"));
  expect(await lines(1)).toMatchObject([{ event: "arrived", requestId: "a", method: "POST" }]);
  client.socket.destroy();
  expect(await lines(2)).toMatchObject([{}, { event: "ended", requestId: "a", ending: "hung" }]);
});

test("has the requests that this backend ended itself when it was killed", async () => {
  const { backend, lines } = await startWithLedger([]);
  const client = new RawClient(backend.port);
  client.send(head("GET", "/delay/3600000"));
  await eventually(() => backend.stats().requests === 1);
  await backend.kill();
  expect(await lines(1)).toMatchObject([{ ending: "closed-by-us", status: null }]);
});

test("writes down CONNECT too", async () => {
  const { backend, lines } = await startWithLedger([]);
  await exchangeRaw(backend.port, head("CONNECT", "example.test:443"));
  expect(await lines(1)).toMatchObject([{ method: "CONNECT", status: 501, ending: "answered" }]);
});

test("keeps every line of a load, in whole lines", async () => {
  const { backend, ledger, lines } = await startWithLedger([]);
  const client = new RawClient(backend.port);
  for (let i = 0; i < 500; i++) {
    client.send(`GET /${i} HTTP/1.1\r\nHost: a\r\nX-Request-Id: id-${i}\r\n\r\n`);
  }
  client.send(head("GET", "/last"));
  await client.takeAll();
  ledger.close();
  const ids = (await lines(501)).map(({ requestId }) => requestId);
  expect(new Set(ids).size).toBe(501);
});

test("writes a WebSocket down when it is over, as answered with 101", async () => {
  const { backend, lines } = await startWithLedger([]);
  const webSocket = new WebSocket(`ws://127.0.0.1:${backend.port}/ws`);
  webSocket.addEventListener("open", () => webSocket.send("12345"));
  webSocket.addEventListener("message", () => webSocket.close());
  expect(await lines(1)).toMatchObject([
    { event: "ended", target: "/ws", status: 101, bytesIn: 5, ending: "answered" },
  ]);
});
