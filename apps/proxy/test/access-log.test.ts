import { describe, expect } from "vitest";
import { test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { ok } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, post, startPair } from "./support/run-proxy.ts";

const userAgent = "User-Agent: test/1.0\r\nReferer: http://a.test/from\r\n";

async function logOf(format: string, request: string): Promise<string> {
  const { proxy } = await startPair({ top: { accessLog: format } }, () => ok("body"));
  const client = await openClient(proxy.port);
  await client.request(request);
  await eventually("something is logged", () => proxy.log() !== "");
  return proxy.log();
}

describe("an access record", () => {
  test("has exactly these fields in this order in the json format", async () => {
    const { proxy, backend } = await startPair({}, () => ok("body"));
    const client = await openClient(proxy.port);
    await client.request(post("hello").replace("POST /", "POST /p?q=1"));
    const [record] = await proxy.recorded(1);
    expect(Object.keys(record ?? {})).toEqual([
      "time",
      "client_ip",
      "method",
      "path",
      "status",
      "latency_ms",
      "pool",
      "backend",
      "attempts",
      "bytes_in",
      "bytes_out",
      "request_id",
      "error",
      "host",
    ]);
    expect(record).toMatchObject({
      client_ip: "127.0.0.1",
      method: "POST",
      path: "/p?q=1",
      status: 200,
      pool: "web",
      backend: `127.0.0.1:${backend.port}`,
      attempts: 1,
      bytes_in: 5,
      bytes_out: 4,
      error: null,
      host: "a.test",
    });
    expect(new Date(record?.time ?? "").toISOString()).toBe(record?.time);
    expect(record?.latency_ms).toBeGreaterThan(0);
    expect(record?.request_id).toBe(
      backend.requests[0]?.fields.find(([name]) => name === "X-Request-Id")?.[1],
    );
  });

  test("is written once per request, in the order in which they ended", async () => {
    const { proxy } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    const targets = Array.from({ length: 100 }, (_, index) => `/${index}`);
    for (const target of targets) await client.request(get(target));
    expect((await proxy.recorded(100)).map(({ path }) => path)).toEqual(targets);
    expect(new Set(proxy.records().map((record) => record.request_id)).size).toBe(100);
  });

  test("is written in batches and not request by request", async () => {
    const { proxy } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 200; turn++) await client.request(get());
    await proxy.recorded(200);
    // A flush may fall between any two of them, but not after each: that would take 20 s.
    expect(proxy.logWrites()).toBeLessThan(200);
  });

  test("counts content and neither heads nor chunk sizes", async () => {
    const { proxy } = await startPair({}, ({ body }) => {
      const size = body.length.toString(16);
      return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`;
    });
    const client = await openClient(proxy.port);
    await client.request(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n0\r\n\r\n",
    );
    expect((await proxy.recorded(1))[0]).toMatchObject({ bytes_in: 5, bytes_out: 5 });
  });

  test("is valid JSON whatever a client asks for", async () => {
    const { proxy } = await startPair({}, () => ok());
    const target = `/"quotes"/%22/{}[]'?"=,\u007e`;
    const client = await openClient(proxy.port);
    await client.request(get(target));
    await (await openClient(proxy.port)).request('GET\x00 /\x01" HTTP/1.1\r\n\r\n');
    await (await openClient(proxy.port)).request('"\\" / HTTP/1.1\r\n\r\n');
    const records = await proxy.recorded(3);
    expect(records[0]?.path).toBe(target);
    expect(records.map(({ status }) => status)).toEqual([200, 400, 400]);
  });

  test("is a line as Apache writes it in the common format", async () => {
    const log = await logOf("common", get('/p?q="x"', userAgent));
    expect(log).toMatch(
      /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/p\?q=\\x22x\\x22 HTTP\/1\.1" 200 4\n$/,
    );
  });

  test("names referrer and user agent in the combined format", async () => {
    const log = await logOf("combined", get("/", userAgent));
    expect(log).toMatch(/"GET \/ HTTP\/1\.1" 200 4 "http:\/\/a\.test\/from" "test\/1\.0"\n$/);
  });

  test("cannot be forged through the user agent in the combined format", async () => {
    const log = await logOf("combined", get("/", 'User-Agent: a" "b\\\xff\r\n'));
    expect(log.endsWith('"-" "a\\x22 \\x22b\\x5C\\xFF"\n')).toBe(true);
  });

  test("says - for what is missing in the combined format, also after a request that had it", async () => {
    const { proxy } = await startPair({ top: { accessLog: "combined" } }, () => ok(""));
    const client = await openClient(proxy.port);
    await client.request(get("/1", userAgent));
    await client.request("GET /2 HTTP/1.0\r\n\r\n");
    await eventually("two lines are logged", () => proxy.log().split("\n").length === 3);
    const second = proxy.log().split("\n")[1];
    expect(second?.endsWith('"GET /2 HTTP/1.0" 200 - "-" "-"')).toBe(true);
  });

  test.each([
    ["a 404", get("/2")],
    ["a 400", "GET /2 HTTP/1.1\r\n\r\n"],
  ])("does not repeat the agent of an earlier request for %s", async (_, second) => {
    const top = { accessLog: "combined", routes: [{ path: "/1", pool: "web" }] };
    const { proxy } = await startPair({ top }, () => ok(""));
    const client = await openClient(proxy.port);
    await client.request(get("/1", userAgent));
    await client.request(second);
    await eventually("two lines are logged", () => proxy.log().split("\n").length === 3);
    expect(proxy.log().split("\n")[1]).not.toContain("test/1.0");
  });

  test("is not written when the log is off", async () => {
    const { proxy } = await startPair({ top: { accessLog: "off" } }, () => ok());
    const client = await openClient(proxy.port);
    await client.request(get());
    await proxy.stop();
    expect(proxy.log()).toBe("");
  });

  test("of every request is there when stop resolves", async () => {
    const { proxy } = await startPair({}, () => ok());
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 10; turn++) await client.request(get());
    client.end();
    await proxy.stop();
    expect(proxy.records()).toHaveLength(10);
  });

  test("of a request that stop had to cut is there when stop resolves", async () => {
    const { proxy, backend } = await startPair({ top: { shutdown: { timeout: "200ms" } } });
    const client = await openClient(proxy.port);
    client.send(get("/hangs"));
    await backend.connection();
    expect(await proxy.stop()).toEqual({ isClean: false });
    expect(proxy.records()).toMatchObject([{ path: "/hangs" }]);
  });
});
