import { expect, test } from "vitest";
import { configOf, problemsOf, warningsOf } from "../../test/load-text.ts";
import { ignoredWeight } from "./pool-checks.ts";

test("refuses two backends with one id in a pool, but not in two pools", () => {
  const text = `pools:
  web:
    backends:
      - http://a:80
      - url: http://a
      - { url: http://b, id: "a:80" }
  api: { backends: [http://a] }
routes: [{ pool: web, host: web }, { pool: api }]
`;
  expect(problemsOf(text)).toEqual([
    'evenkeel.yaml:5:9 pools.web.backends[1]: pools.web.backends[0] has the id "a:80" already; ' +
      "give one of them another id",
    'evenkeel.yaml:6:9 pools.web.backends[2]: pools.web.backends[0] has the id "a:80" already; ' +
      "give one of them another id",
  ]);
});

test("names a unix socket by its path, and asks for an id where that is no name", () => {
  const text = (backend: string): string => `pools: { web: { backends: [${backend}] } }\n`;
  expect(configOf(text("unix:/run/a.sock")).config.pools[0]?.backends[0]).toMatchObject({
    id: "unix:/run/a.sock",
    socketPath: "/run/a.sock",
  });
  expect(problemsOf(text('"unix:/run/my app.sock"'))).toEqual([
    "evenkeel.yaml:1:28 pools.web.backends[0]: this path is no name; give an id: " +
      "an id has 1 to 128 visible ASCII characters without spaces",
  ]);
  const named = configOf(text('{ url: "unix:/run/my app.sock", id: app }'));
  expect(named.config.pools[0]?.backends[0]).toMatchObject({
    id: "app",
    socketPath: "/run/my app.sock",
  });
  expect(problemsOf(text('"unix@/run/a.sock"'))[0]).toContain('did you mean "unix:/run/a.sock"');
});

test("finds duplicate ids beside a backend that is wrong itself", () => {
  const text = "pools: { web: { backends: [http://a, ftp://x, http://a] } }\n";
  expect(problemsOf(text)).toHaveLength(2);
});

test("refuses a weight that the strategy would ignore", () => {
  const text =
    "pools: { web: { backends: [{ url: http://a, weight: 2 }, { url: http://b, weight: 1 }] } }";
  const [problem, ...more] = problemsOf(text);
  expect(problem).toMatch(
    /^evenkeel.yaml:1:53 pools.web.backends\[0\].weight: round-robin ignores the weight/,
  );
  expect(more).toEqual([]);
});

test("names the strategy that honours weights only when there is one", () => {
  expect(ignoredWeight("round-robin", ["round-robin"])).toBe("round-robin ignores the weight");
  expect(ignoredWeight("round-robin", ["round-robin", "weighted-round-robin"])).toBe(
    "round-robin ignores the weight; weighted-round-robin honours it",
  );
});

test("warns where a check may last longer than its interval", () => {
  const text = `pools:
  web:
    backends:
      - http://a
      - { url: http://b, healthCheck: { timeout: 20s } }
      - { url: http://c, healthCheck: { path: /c } }
      - { url: http://d, healthCheck: { interval: 1m } }
    healthCheck: { interval: 2s }
`;
  const reason = "so a slow check delays the next";
  expect(warningsOf(text)).toEqual([
    "evenkeel.yaml:5:50 pools.web.backends[1].healthCheck.timeout: the timeout (20s) is longer " +
      `than the interval (2s), ${reason}`,
    "evenkeel.yaml:8:30 pools.web.healthCheck.interval: the timeout (5s) is longer than the " +
      `interval (2s), ${reason}`,
  ]);
  expect(configOf(text).config.pools[0]?.backends[3]?.healthCheck?.intervalMs).toBe(60_000);
});

test("does not warn about a check that is off, or whose timeout fits", () => {
  expect(warningsOf("pools: { web: { backends: [http://a], healthCheck: false } }")).toEqual([]);
  const fits = "healthCheck: { interval: 5s, timeout: 5s }";
  expect(warningsOf(`pools: { web: { backends: [http://a], ${fits} } }`)).toEqual([]);
});

test("refuses pipelining where connections belong to a client", () => {
  const text = (pool: string): string => `pools: { web: { backends: [http://a], ${pool} } }\n`;
  expect(problemsOf(text("proxyProtocol: v2, connections: { pipelining: true }"))).toEqual([
    "evenkeel.yaml:1:85 pools.web.connections.pipelining: clients cannot share a connection " +
      "that begins with a PROXY header; remove one",
  ]);
  expect(problemsOf(text("proxyProtocol: off, connections: { pipelining: true }"))).toEqual([]);
  const v1 = text("proxyProtocol: v1, connections: { pipelining: false }");
  expect(configOf(v1).config.pools[0]?.proxyProtocol).toBe("v1");
});
