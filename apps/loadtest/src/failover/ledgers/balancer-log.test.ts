import { describe, expect, test } from "vitest";
import { parseBackendLedger } from "./backend-ledger.ts";
import { parseBalancerRecord } from "./balancer-log.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

test("reads Evenkeel's own records", () => {
  const line =
    '{"time":"2026-01-02T03:04:05.006Z","client_ip":"127.0.0.1","method":"GET","path":"/a?id=e1-7",' +
    '"status":200,"latency_ms":12.5,"pool":"web","backend":"b:1","attempts":2,"error":null}';
  expect(parseBalancerRecord(line)).toEqual({
    id: "e1-7",
    startedAtMs: at - 12.5,
    endedAtMs: at,
    status: 200,
    backend: "b:1",
    attempts: 2,
    error: undefined,
  });
});

test("reads nginx's variables: seconds, numbers as text, and a list of tried servers", () => {
  const line = JSON.stringify({
    time: "1767323045.006",
    request: "GET /?id=e1-7 HTTP/1.1",
    status: "502",
    request_time: "0.250",
    upstream_addr: "127.0.0.1:1, [::1]:2",
  });
  expect(parseBalancerRecord(line)).toMatchObject({
    id: "e1-7",
    startedAtMs: at - 250,
    endedAtMs: at,
    status: 502,
    backend: "[::1]:2",
    attempts: 2,
  });
});

test("nobody was asked where nginx writes a dash, and nobody knows without a field", () => {
  const line = (extra: string): string => `{"time":${at},"uri":"/?id=e1-7","status":503${extra}}`;
  expect(parseBalancerRecord(line(',"upstream_addr":"-"'))).toMatchObject({ attempts: 0 });
  expect(parseBalancerRecord(line(""))).toMatchObject({ attempts: undefined, backend: undefined });
});

test.each([
  ["a health check", `{"time":${at},"path":"/health","status":200}`],
  ["no time", '{"path":"/?id=e1-7","status":200}'],
  ["half a line", '{"time":"2026-01-02T03:04:05.006Z","pa'],
  ["no JSON", "listening on 127.0.0.1:8080"],
  ["nothing", ""],
])("passes over %s", (_name, line) => {
  expect(parseBalancerRecord(line)).toBeUndefined();
  expect(parseBackendLedger(line, "a")).toEqual([]);
});

describe("a backend's ledger", () => {
  const line = (event: string, index: number): string =>
    JSON.stringify({ event, time: "2026-01-02T03:04:05.006Z", target: `/a?id=e1-${index}` });

  test("counts the arrivals where it has them: a killed backend never writes the end", () => {
    const text = [line("arrived", 1), line("ended", 1), line("arrived", 2), '{"event":"ar'];
    expect(parseBackendLedger(text.join("\n"), "a")).toEqual([
      { id: "e1-1", backend: "a", atMs: at },
      { id: "e1-2", backend: "a", atMs: at },
    ]);
  });

  test("counts the ends where there is nothing else", () => {
    const text = `${line("ended", 1)}\n${line("ended", 1)}\n`;
    expect(parseBackendLedger(text, "a").map(({ id }) => id)).toEqual(["e1-1", "e1-1"]);
  });
});
