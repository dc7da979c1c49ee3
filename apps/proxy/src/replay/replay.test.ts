import { describe, expect, test } from "vitest";
import { configOf } from "../../test/support/run-proxy.ts";
import { Replay } from "./replay.ts";
import type { ReplayReport } from "./replay-report.ts";

interface Line {
  readonly at?: number;
  readonly path?: string;
  readonly ip?: string;
  readonly method?: string;
  /** undefined: the record has no such member. */
  readonly host?: string | null | undefined;
}

const begin = Date.UTC(2026, 0, 1);

function lineOf({ at = 0, path = "/", ip = "192.0.2.1", method = "GET", ...rest }: Line): string {
  const host = "host" in rest ? rest.host : "a.test";
  const time = new Date(begin + at).toISOString();
  return JSON.stringify({ time, client_ip: ip, method, path, latency_ms: 0, status: 200, host });
}

const servers = (count: number, first = 1): string[] =>
  Array.from({ length: count }, (_, index) => `http://10.0.0.${first + index}:80`);

type Top = Readonly<Record<string, unknown>>;

/** Pools `web` and `api`, and these routes. */
function setup(routes: readonly object[], changes: Top = {}): Parameters<typeof configOf>[0] {
  const web = { backends: servers(3), healthCheck: false };
  const api = { backends: servers(2, 9), healthCheck: false };
  return { top: { pools: { web, api }, routes, ...changes } };
}

function replayed(
  before: ReturnType<typeof setup>,
  after: ReturnType<typeof setup>,
  lines: readonly (string | null)[],
): ReplayReport {
  const replay = new Replay(configOf(before), configOf(after));
  for (const line of lines) replay.add(line);
  return replay.report();
}

const everything = [{ pool: "web" }];

describe("where requests go", () => {
  test("nothing moves between equal configurations", () => {
    const lines = ["/", "/a", "/api/x?y=%2F"].map((path) => lineOf({ path }));
    const report = replayed(setup(everything), setup(everything), lines);
    expect(report).toMatchObject({
      compared: 3,
      moved: 0,
      movedShare: 0,
      byOutcome: [],
      byRoute: [],
    });
  });

  test("counts what gets another pool, a redirect, a 404, a 403 or another path, with examples", () => {
    const before = setup([
      { path: "/", pool: "web" },
      { path: "/same", pool: "api" },
    ]);
    const after = setup([
      { path: "/api", pool: "api" },
      { path: "/old", redirect: { to: "https://new.test{path}" } },
      { path: "/in", pool: "web", deny: ["192.0.2.0/24"] },
      { path: "/web", pool: "web", rewrite: { stripPrefix: true } },
      { path: "/same", pool: "api" },
    ]);
    const paths = ["/api/1", "/api/2", "/old", "/in", "/web/x", "/gone", "/same"];
    const report = replayed(
      before,
      after,
      paths.map((path) => lineOf({ path })),
    );
    expect(report.moved).toBe(6);
    expect(report.byOutcome.map(({ from, to, count }) => [from, to, count])).toEqual([
      ["pool web", "pool api", 2],
      ["pool web", "redirect 307 to https://new.test{path}", 1],
      ["pool web", "403", 1],
      ["pool web", "pool web, asked for another path", 1],
      ["pool web", "404", 1],
    ]);
    expect(report.byOutcome[0]?.examples[0]).toBe("GET a.test/api/1 from 192.0.2.1");
    expect(report.neverMatch).toEqual([]);
  });

  test("a split by address is followed, one by chance is a share", () => {
    const split = [
      { pool: "web", weight: 50 },
      { pool: "api", weight: 50 },
    ];
    const ips = Array.from({ length: 200 }, (_, index) => `198.51.100.${index}`);
    const lines = ips.map((ip) => lineOf({ ip }));
    const keyed = replayed(setup(everything), setup([{ split }]), lines);
    expect(keyed.movedShare).toBeGreaterThan(0.35);
    expect(keyed.movedShare).toBeLessThan(0.65);
    expect(keyed.byOutcome.map(({ to }) => to)).toEqual(["pool api"]);
    const drawn = replayed(setup(everything), setup([{ split, splitBy: "random" }]), lines);
    expect(drawn.byOutcome.map(({ to }) => to)).toEqual(["split web 50% / api 50%"]);
  });
});

describe("what a log cannot tell", () => {
  const beta = { headers: { "x-beta": "yes" }, path: "/b", pool: "api" };

  test("a field that decides makes a request incomparable; one that does not, does not", () => {
    const report = replayed(setup(everything), setup([beta, { pool: "web" }]), [
      lineOf({ path: "/b" }),
      lineOf({ path: "/a" }),
    ]);
    expect(report).toMatchObject({ compared: 1, moved: 0 });
    expect(report.undecided).toEqual([{ missing: "header x-beta", count: 1 }]);
    expect(report.neverMatch).toMatchObject([{ route: 1, verdict: "unknown" }]);
  });

  test("a log without hosts cannot be sent through routes that ask for one", () => {
    const routes = [{ host: "api.test", path: "/v1", pool: "api" }, { pool: "web" }];
    const lines = [
      lineOf({ path: "/v1", host: undefined }),
      lineOf({ path: "/v2", host: undefined }),
      lineOf({ path: "/v1", host: null }),
      lineOf({ path: "/v1", host: "api.test:80" }),
    ];
    const report = replayed(setup(everything), setup(routes), lines);
    expect(report.undecided).toEqual([{ missing: "host", count: 1 }]);
    expect(report).toMatchObject({ compared: 3, moved: 1 });
  });

  test("keys, limits and sessions that stand in fields are named", () => {
    const routes = [
      {
        pool: "web",
        rateLimit: { rate: "1/s", key: "header:x-key" },
        concurrencyLimit: { requests: 1 },
      },
      {
        path: "/s",
        split: ["web", "api"].map((pool) => ({ pool, weight: 1 })),
        splitBy: "cookie:id",
      },
    ];
    const pools = {
      web: {
        backends: servers(2),
        healthCheck: false,
        strategy: { type: "maglev", key: "cookie:user" },
        sticky: { secret: "0123456789abcdef0123456789abcdef" },
      },
      api: { backends: servers(1), healthCheck: false },
    };
    const lines = Array.from({ length: 5 }, () => lineOf({}));
    const report = replayed(setup(everything), setup(routes, { pools }), lines);
    expect(report.unanswered).toEqual([
      "rate limit 1/s of /*: its key is header x-key",
      "concurrency limits of /*: what was under way is not replayed",
      "keys of pool web: its key is cookie user",
      "the arm of /s[/*]: its key is cookie id",
      "sessions of pool web: cookies are not in the log",
    ]);
    expect(report.limits).toEqual([]);
  });

  test("who is behind a trusted proxy is not known", () => {
    const listeners = [{ address: "127.0.0.1:0", trustedProxies: ["10.0.0.0/8"] }];
    const routes = [{ pool: "web", deny: ["192.0.2.0/24"] }];
    const report = replayed(setup(everything), setup(routes, { listeners }), [
      lineOf({ ip: "10.0.0.1" }),
      lineOf({ ip: "198.51.100.1" }),
    ]);
    expect(report.undecided).toEqual([{ missing: "the client behind a trusted proxy", count: 1 }]);
    expect(report.unanswered[0]).toContain("clients of 1 requests that trusted proxies passed on");
  });

  test("lines that are no requests are counted, by reason and with their number", () => {
    const report = replayed(setup(everything), setup(everything), [
      "garbage",
      lineOf({}),
      '{"level":"info"}',
      "more garbage",
      null,
      lineOf({ ip: "nobody" }),
      lineOf({ path: "/a b" }),
      lineOf({ method: "", path: "" }),
    ]);
    expect(report.lines).toEqual({
      total: 8,
      used: 1,
      unused: [
        { reason: "not JSON", count: 2, firstLine: 1 },
        { reason: "not an access record", count: 1, firstLine: 3 },
        { reason: "too long", count: 1, firstLine: 5 },
        { reason: "no usable client_ip", count: 1, firstLine: 6 },
        { reason: "a request that could not be sent", count: 1, firstLine: 7 },
        { reason: "a request that could not be read", count: 1, firstLine: 8 },
      ],
    });
  });
});

describe("hash keys", () => {
  const hashed = (count: number, type = "consistent-hash"): ReturnType<typeof setup> =>
    setup(everything, {
      pools: { web: { backends: servers(count), healthCheck: false, strategy: type } },
    });
  const lines = Array.from({ length: 2_000 }, (_, index) =>
    lineOf({ ip: `10.${index % 7}.${index % 11}.${index % 250}`, path: `/${index}` }),
  );

  test("one more server of four moves about a fifth of the keys, as the ring promises", () => {
    const [keys] = replayed(hashed(4), hashed(5), lines).hashKeys;
    expect(keys).toMatchObject({ pool: "web", requests: 2_000, isEstimate: false });
    expect(Math.abs((keys?.keysMovedShare ?? 0) - 0.2)).toBeLessThan(0.08);
  });

  test("another strategy moves most of them, the same one none", () => {
    expect(replayed(hashed(4), hashed(4), lines).hashKeys).toMatchObject([{ keysMovedShare: 0 }]);
    const [moved] = replayed(hashed(4), hashed(4, "maglev"), lines).hashKeys;
    expect(moved?.keysMovedShare).toBeGreaterThan(0.5);
  });
});

describe("rate limits", () => {
  const limited = (rate: string, burst: number): ReturnType<typeof setup> =>
    setup([{ pool: "web", rateLimit: { rate, burst } }]);

  test("would have refused by the times of the log, for each client", () => {
    const lines = [0, 10, 20, 30, 1_050, 1_060].flatMap((at) => [
      lineOf({ at }),
      lineOf({ at, ip: "192.0.2.2", path: "/x" }),
    ]);
    const { limits, moved } = replayed(limited("100/s", 200), limited("1/s", 2), lines);
    expect(limits).toMatchObject([
      { configuration: "before", limit: "100/s", requests: 12, refused: 0 },
      { configuration: "after", limit: "1/s", requests: 12, refused: 6 },
    ]);
    expect(moved).toBe(0);
  });

  test("bear a log in which long requests stand after those that began later", () => {
    const lines = [0, 60_000, 1, 60_001, 2].map((at) => lineOf({ at }));
    const { limits } = replayed(limited("100/s", 200), limited("100/s", 1), lines);
    expect(limits[1]?.requests).toBe(5);
  });
});
