import type { AccessLogConfig } from "@evenkeel/config";
import { describe, expect, test } from "vitest";
import type { Exchange } from "../exchange.ts";
import { AccessLog } from "./access-log.ts";

const exchange = {
  clientAddress: "192.0.2.7",
  method: "GET",
  target: "/p?q=1",
  host: "a.test:80",
  clientMinor: 1,
  status: 200,
  startedAt: 1_000,
  pool: { config: { name: "web" } },
  lease: { backend: { id: "b:1" } },
  attempts: 1,
  bytesIn: 3,
  bytesOut: 4,
  requestId: "id-1",
  error: null,
  referer: "",
  userAgent: "",
};

const wallClock = (): number => Date.UTC(2026, 0, 2, 3, 4, 5, 6);

/** What one record of an exchange like the one above looks like. */
function recordOf(format: AccessLogConfig["format"], changes: object = {}): string {
  let log = "";
  const accessLog = new AccessLog(format, wallClock, (lines) => (log += lines));
  accessLog.record({ ...exchange, ...changes } as unknown as Exchange, 1_012.345_6);
  expect(log).toBe("");
  accessLog.flush();
  return log;
}

describe("the json format", () => {
  test("is one object with every field in this order", () => {
    expect(recordOf("json")).toBe(
      '{"time":"2026-01-02T03:04:05.006Z","client_ip":"192.0.2.7","method":"GET",' +
        '"path":"/p?q=1","status":200,"latency_ms":12.346,"pool":"web","backend":"b:1",' +
        '"attempts":1,"bytes_in":3,"bytes_out":4,"request_id":"id-1","error":null,"host":"a.test:80"}\n',
    );
  });

  test("says null for what there was not", () => {
    const record: unknown = JSON.parse(recordOf("json", { pool: null, lease: null, host: null }));
    expect(record).toMatchObject({ pool: null, backend: null, host: null });
  });

  test.each(['/"', "/\\", '/\\"', '/"},{"x":"'])("keeps %s a part of its field", (target) => {
    expect(JSON.parse(recordOf("json", { target }))).toMatchObject({ path: target, status: 200 });
  });

  test("names the error", () => {
    expect(JSON.parse(recordOf("json", { error: "client_aborted" }))).toMatchObject({
      error: "client_aborted",
    });
  });
});

describe("the common format", () => {
  test("is a line as Apache writes it", () => {
    expect(recordOf("common")).toBe(
      '192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET /p?q=1 HTTP/1.1" 200 4\n',
    );
  });

  test("says - for no content, and the version of the client", () => {
    expect(recordOf("common", { bytesOut: 0, clientMinor: 0 })).toBe(
      '192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET /p?q=1 HTTP/1.0" 200 -\n',
    );
  });
});

describe("the combined format", () => {
  test("adds referrer and user agent, or - for each", () => {
    expect(recordOf("combined", { referer: "http://a/", userAgent: "x/1" })).toMatch(
      / 200 4 "http:\/\/a\/" "x\/1"\n$/,
    );
    expect(recordOf("combined")).toMatch(/ 200 4 "-" "-"\n$/);
  });

  test("escapes what could end a field or a line", () => {
    expect(recordOf("combined", { userAgent: 'a"b\\c\n\x7f\xe9' })).toMatch(
      / "-" "a\\x22b\\x5Cc\\x0A\\x7F\\xE9"\n$/,
    );
  });

  test("is the only one that needs fields of the client", () => {
    const wants = (["json", "common", "combined", "off"] as const).filter((format) => {
      return new AccessLog(format, wallClock, () => {}).wantsClientFields;
    });
    expect(wants).toEqual(["combined"]);
  });
});

describe("batches", () => {
  test("hold every record in order and are handed over once", () => {
    const batches: string[] = [];
    const log = new AccessLog("common", wallClock, (lines) => batches.push(lines));
    for (const target of ["/1", "/2", "/3"]) {
      log.record({ ...exchange, target } as unknown as Exchange, 0);
    }
    log.flush();
    log.flush();
    expect(batches).toHaveLength(1);
    expect(batches[0]?.match(/\/\d/g)?.filter((part) => part.length === 2)).toEqual(
      expect.arrayContaining(["/1", "/2", "/3"]),
    );
    expect(batches[0]?.split("\n")).toHaveLength(4);
  });

  test("are handed over early when they grow large", () => {
    const batches: string[] = [];
    const log = new AccessLog("json", wallClock, (lines) => batches.push(lines));
    for (let turn = 0; turn < 1_000; turn++) log.record(exchange as unknown as Exchange, 0);
    expect(batches.length).toBeGreaterThan(1);
    for (const batch of batches) expect(batch.endsWith("}\n")).toBe(true);
  });

  test("do not exist when the log is off", () => {
    expect(recordOf("off")).toBe("");
  });
});
