import { describe, expect, test } from "vitest";
import { openFileLimit } from "./idle.ts";
import { disturbanceNotice, usageBetween } from "./reading.ts";
import { ResponseReader } from "./response-reader.ts";
import { percentile, rangeOf } from "./statistics.ts";
import { parseWrkOutput, wrkScript } from "./wrk.ts";

describe("rangeOf", () => {
  test("takes the middle of an odd number and the mean of the two middle of an even one", () => {
    expect(rangeOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(rangeOf([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 });
    expect(rangeOf([7])).toEqual({ median: 7, min: 7, max: 7 });
  });
});

test("percentile takes the nearest rank", () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(sorted, 0.5)).toBe(50);
  expect(percentile(sorted, 0.99)).toBe(99);
  expect(percentile([5], 0.99)).toBe(5);
});

describe("ResponseReader", () => {
  const answer = "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 3\r\n\r\nabc";

  test("counts responses whole, coalesced and byte by byte", () => {
    expect(new ResponseReader().push(Buffer.from(answer))).toBe(1);
    expect(new ResponseReader().push(Buffer.from(answer + answer))).toBe(2);
    const reader = new ResponseReader();
    const counts = [...Buffer.from(answer + answer)].map((byte) => reader.push(Buffer.of(byte)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(counts.at(-1)).toBe(1);
  });

  test("knows the last response of a connection", () => {
    const reader = new ResponseReader();
    reader.push(Buffer.from(answer));
    expect(reader.isLast).toBe(false);
    reader.push(Buffer.from(answer.replace("Server: x", "Connection: close")));
    expect(reader.isLast).toBe(true);
  });

  test("refuses an error and an answer without a length", () => {
    const push = (text: string) => () => new ResponseReader().push(Buffer.from(text));
    expect(push("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")).toThrow("502");
    expect(push("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")).toThrow("200 OK");
  });
});

describe("wrk", () => {
  const get = { method: "GET", bodyBytes: 0, responseBytes: 102, closeConnection: false } as const;

  test("the script of a plain GET sets the method only", () => {
    expect(wrkScript(get, undefined).split("\n", 2)).toEqual([
      'wrk.method = "GET"',
      "function done(summary, latency, requests)",
    ]);
  });

  test("the script closes connections and reads the body from its file", () => {
    const script = wrkScript({ ...get, method: "POST", closeConnection: true }, "/tmp/body");
    expect(script).toContain('wrk.headers["Connection"] = "close"');
    expect(script).toContain('io.open("/tmp/body", "rb")');
  });

  test("the counts are read from among wrk's own lines", () => {
    const output =
      "Running 2s test @ http://x\n  64 connections\nEVENKEEL_BENCH 136200 2000000 3 850 1900\n";
    expect(parseWrkOutput(output)).toEqual({
      requests: 136_200,
      seconds: 2,
      errors: 3,
      p50Us: 850,
      p99Us: 1900,
    });
    expect(() => parseWrkOutput("unable to connect")).toThrow("no result");
  });
});

test("openFileLimit reads the soft limit", () => {
  expect(openFileLimit("Max open files            20000                30000  files\n")).toBe(
    20_000,
  );
  expect(openFileLimit("Max open files            unlimited    unlimited  files\n")).toBe(Infinity);
});

test("a turn in which others used the proxy's core is noted", () => {
  const usage = { userTicks: 0, systemTicks: 0, totalNs: 0 };
  const before = { usage, coreBusySeconds: 10, atSeconds: 100 };
  const after = {
    usage: { userTicks: 50, systemTicks: 50, totalNs: 0 },
    coreBusySeconds: 11.5,
    atSeconds: 102,
  };
  const { disturbance } = usageBetween(before, after);
  expect(disturbance).toBe(0.25);
  expect(disturbanceNotice("nginx", 2, disturbance)).toEqual([
    "nginx: other work took 25 % of the proxy's core in round 2",
  ]);
  expect(disturbanceNotice("nginx", 2, 0.01)).toEqual([]);
});
