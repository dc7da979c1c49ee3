import { request } from "undici";
import { beforeAll, expect, test } from "vitest";
import { type RunningBalancer, startProxy } from "./evenkeel.ts";
import { startBackends } from "./local-servers.ts";
import { exchangeRaw, RawClient, requestHead } from "./raw-client.ts";

interface AccessRecord {
  readonly time: string;
  readonly client_ip: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly latency_ms: number;
  readonly pool: string | null;
  readonly backend: string | null;
  readonly attempts: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly request_id: string;
  readonly error: string | null;
}

let backends: readonly string[] = [];

beforeAll(async () => {
  backends = (await startBackends(2)).map(({ origin }) => origin);
});

async function startRoutedProxy(): Promise<RunningBalancer> {
  return await startProxy({
    pools: { web: { healthCheck: false, backends } },
    routes: [{ host: "test", pool: "web" }],
  });
}

/** Ends the proxy, which writes what it still holds, and parses every line. */
async function recordsOf({ program }: RunningBalancer): Promise<readonly AccessRecord[]> {
  program.kill("SIGTERM");
  const { code, stdout } = await program.ended;
  expect(code).toBe(0);
  expect(stdout.endsWith("\n")).toBe(true);
  return stdout
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as AccessRecord);
}

test("one line per request, none lost at the end, each with every field", async () => {
  const balancer = await startRoutedProxy();
  const count = 2_000;
  await Promise.all(
    Array.from({ length: 20 }, async (_, client) => {
      for (let i = 0; i < count / 20; i++) {
        const { body } = await request(`${balancer.origin}/echo?client=${client}&n=${i}`, {
          method: "POST",
          headers: { host: "test" },
          body: "12345",
        });
        await body.dump();
      }
    }),
  );
  const records = await recordsOf(balancer);
  expect(records).toHaveLength(count);
  expect(new Set(records.map(({ path }) => path)).size).toBe(count);
  expect(new Set(records.map((record) => record.request_id)).size).toBe(count);
  expect(new Set(records.map(({ backend }) => backend)).size).toBe(2);
  expect(records[0]).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    client_ip: "127.0.0.1",
    method: "POST",
    path: expect.stringMatching(/^\/echo\?client=\d+&n=\d+$/),
    status: 200,
    latency_ms: expect.any(Number),
    pool: "web",
    backend: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    attempts: 1,
    bytes_in: 5,
    bytes_out: expect.any(Number),
    request_id: expect.any(String),
    error: null,
    host: "test",
  });
});

test("requests that failed, were refused or abandoned have a record that says so", async () => {
  const balancer = await startRoutedProxy();
  const { port } = balancer;
  await exchangeRaw(port, requestHead("GET", '/quote"d?back=\\"'));
  await exchangeRaw(port, requestHead("GET", "/status/503"));
  await exchangeRaw(port, "GET /nowhere HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n");
  await exchangeRaw(port, requestHead("TRACE", "/traced"));
  await exchangeRaw(port, 'G"E\\T /\x01\x02" HTTP/1.1\r\n\r\n');
  const leaver = new RawClient(port);
  // One answer first: a connection that is reset before it was accepted has no record.
  leaver.send("GET /stays HTTP/1.1\r\nHost: test\r\n\r\n");
  await leaver.receive("HTTP/1.1 200");
  leaver.send("POST /left HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nhalf");
  await new Promise((resolve) => leaver.socket.write("", resolve));
  leaver.reset();

  const records = await recordsOf(balancer);
  expect(records).toHaveLength(7);
  const byPath = new Map(records.map((record) => [record.path, record]));
  expect(byPath.get("/status/503")).toMatchObject({ status: 503, error: null, attempts: 1 });
  expect(byPath.get("/nowhere")).toMatchObject({
    status: 404,
    error: "destination_not_found",
    pool: null,
    backend: null,
    attempts: 0,
  });
  expect(byPath.get("/traced")).toMatchObject({ status: 405, method: "TRACE" });
  expect(byPath.get("/left")).toMatchObject({ status: 499, error: "client_aborted" });
  expect(records.filter(({ status }) => status === 400).length).toBeGreaterThan(0);
});

test("a malformed request's record shows nothing of an earlier request of somebody else", async () => {
  const balancer = await startRoutedProxy();
  for (let i = 0; i < 20; i++) {
    await exchangeRaw(balancer.port, requestHead("DELETE", `/secret/${i}`));
    await exchangeRaw(balancer.port, "\x16\x03\x01\x02\x00\x01");
  }
  const malformed = (await recordsOf(balancer)).filter(({ status }) => status === 400);
  expect(malformed).toHaveLength(20);
  for (const { method, path } of malformed) {
    expect(method).not.toBe("DELETE");
    expect(path).not.toContain("secret");
  }
});
