import { expect, test } from "vitest";
import { configOf, loadText, problemsOf } from "../test/load-text.ts";
import { loadConfig } from "./load-config.ts";
import { formatProblem } from "./problem.ts";
import { everythingTo } from "./route-config.ts";

const everybody = { allow: null, deny: [] };
const smallest = "pools:\n  web:\n    backends: [http://127.0.0.1:8081]\n";

test("fills in every default", () => {
  expect(configOf(smallest).config).toEqual({
    version: 1,
    workers: "auto",
    listeners: [
      {
        address: { kind: "tcp", host: "127.0.0.1", port: 8080 },
        statusPath: null,
        trustedProxies: [],
        name: null,
        mode: null,
        proxyProtocol: null,
        access: everybody,
        timeouts: {
          headerMs: 10_000,
          bodyMs: 30_000,
          keepAliveMs: 65_000,
          sendMs: 30_000,
          totalMs: 0,
          connectionMs: 3_600_000,
          drainMs: 1_000,
        },
        limits: {
          headBytes: 16_384,
          targetBytes: 8000,
          fields: 100,
          bodyBytes: 0,
          bodyBytesPerSecond: 1000,
          connections: "auto",
          requestsPerConnection: 1000,
        },
      },
    ],
    admin: null,
    pools: [
      {
        name: "web",
        strategy: { type: "round-robin", options: {} },
        backends: [
          {
            id: "127.0.0.1:8081",
            host: "127.0.0.1",
            port: 8081,
            socketPath: null,
            weight: 1,
            priority: 0,
            healthCheck: {
              type: "http",
              method: "GET",
              path: "/",
              intervalMs: 10_000,
              timeoutMs: 5000,
              unhealthyThreshold: 3,
              healthyThreshold: 2,
              jitter: 0.2,
              fastIntervalMs: 1000,
              expectedStatus: [{ from: 200, to: 399 }],
              expectedBody: null,
              initialState: "unknown",
            },
          },
        ],
        outlierDetection: {
          intervalMs: 10_000,
          failurePercentage: 0.85,
          successRateDeviation: 1.9,
          minRequests: 50,
          minBackends: 5,
          maxEjected: 0.5,
          maxEjectionTimeMs: 300_000,
        },
        circuitBreaker: {
          failureThreshold: 5,
          resetTimeoutMs: 30_000,
          halfOpenRequests: 1,
          jitter: 0.2,
        },
        slowStartMs: 10_000,
        sticky: null,
        proxyProtocol: null,
        panicThreshold: 0,
        retry: {
          maxRetries: 2,
          maxTimeoutRetries: 1,
          budget: 0.2,
          minRetriesPerSecond: 10,
          statuses: [],
          backoffMs: 25,
          maxBackoffMs: 250,
          bufferBodyBytes: 65_536,
        },
        hedge: null,
        limits: {
          inFlightPerBackend: null,
          inFlight: null,
          queue: 1000,
          queueTimeoutMs: 1000,
          adaptive: false,
        },
        connections: { poolSize: 10, idleTimeoutMs: 4000, pipelining: false },
        timeouts: { connectMs: 3000, responseMs: 30_000, idleMs: 60_000, tunnelMs: 300_000 },
      },
    ],
    routes: [everythingTo("web")],
    accessLog: { format: "json" },
    traces: { share: 0, keep: 500 },
    shutdown: { timeoutMs: 30_000 },
  });
});

test("reads every key", () => {
  const { config } = configOf(`# yaml-language-server: $schema=./evenkeel.schema.json
$schema: ./evenkeel.schema.json
version: 1
workers: 0
admin: { address: ":9000", token: 0123456789abcdef0123456789abcdef, allowedHosts: [lb.test] }
listeners:
  - address: unix:/run/evenkeel.sock
    name: local
    mode: "0660"
    trustedProxies: [10.0.0.0/8, "::1"]
    proxyProtocol: v2
    statusPath: /lb-status
    timeouts: { header: 1s, body: 2s, keepAlive: 3s, send: 4s, total: 5m, connection: 2h,
                drain: 6s }
    limits: { head: 8KiB, target: 1000B, fields: 50, body: 10MB, bodyRate: 2KB, connections: 7,
              requestsPerConnection: 0 }
pools:
  web:
    strategy: { type: round-robin }
    backends:
      - { url: "http://[::1]:8081", weight: 1, id: one, healthCheck: { path: /one, jitter: 0% } }
      - { url: http://two, healthCheck: false, backup: true }
      - { url: http://three:83, priority: 2 }
    healthCheck: { path: "/up?x=1", interval: 20s, timeout: 6s, unhealthyThreshold: 1,
                   healthyThreshold: 1, jitter: 50%, fastInterval: 2s,
                   expectedStatus: [204, 300-399], method: GET, expectedBody: fine,
                   initialState: unhealthy, type: http }
    outlierDetection: { interval: 5s, failurePercentage: off, successRateDeviation: off,
                        minRequests: 10, minBackends: 4, maxEjected: 30%, maxEjectionTime: 1m }
    circuitBreaker: { failureThreshold: 3, resetTimeout: 20s, halfOpenRequests: 2, jitter: 0% }
    slowStart: off
    panicThreshold: 40%
    retry: { maxRetries: 0, maxTimeoutRetries: 0, budget: off, minRetriesPerSecond: 5, statuses: [502], backoff: 10ms,
             maxBackoff: 1s, bufferBody: 0B }
    hedge: { quantile: 90%, budget: 2%, minDelay: 5ms }
    limits: { inFlightPerBackend: 50, inFlight: 100, queue: 7, queueTimeout: 2s, adaptive: true }
    connections: { poolSize: 0, idleTimeout: 1s, pipelining: true }
    timeouts: { connect: 1s, response: 2s, idle: 3s, tunnel: 4s }
routes:
  - { host: API.example.com, path: /v1, pool: web }
  - pool: web
accessLog: { format: combined }
traces: { sample: 1%, keep: 20 }
shutdown: { timeout: 1m }
`);
  const check = {
    type: "http",
    method: "GET",
    path: "/up?x=1",
    intervalMs: 20_000,
    timeoutMs: 6000,
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    jitter: 0.5,
    fastIntervalMs: 2000,
    expectedStatus: [
      { from: 204, to: 204 },
      { from: 300, to: 399 },
    ],
    expectedBody: "fine",
    initialState: "unhealthy",
  };
  expect(config).toEqual({
    version: 1,
    workers: 0,
    admin: {
      address: { kind: "tcp", host: "", port: 9000 },
      token: "0123456789abcdef0123456789abcdef",
      allowedHosts: ["lb.test"],
    },
    listeners: [
      {
        address: { kind: "unix", path: "/run/evenkeel.sock" },
        statusPath: "/lb-status",
        name: "local",
        mode: 0o660,
        trustedProxies: ["10.0.0.0/8", "::1"],
        proxyProtocol: "v2",
        access: everybody,
        timeouts: {
          headerMs: 1000,
          bodyMs: 2000,
          keepAliveMs: 3000,
          sendMs: 4000,
          totalMs: 300_000,
          connectionMs: 7_200_000,
          drainMs: 6_000,
        },
        limits: {
          headBytes: 8192,
          targetBytes: 1000,
          fields: 50,
          bodyBytes: 10_000_000,
          bodyBytesPerSecond: 2000,
          connections: 7,
          requestsPerConnection: 0,
        },
      },
    ],
    pools: [
      {
        name: "web",
        strategy: { type: "round-robin", options: {} },
        backends: [
          {
            id: "one",
            host: "::1",
            port: 8081,
            socketPath: null,
            weight: 1,
            priority: 0,
            healthCheck: { ...check, path: "/one", jitter: 0 },
          },
          {
            id: "two:80",
            host: "two",
            port: 80,
            socketPath: null,
            weight: 1,
            priority: 1,
            healthCheck: null,
          },
          {
            id: "three:83",
            host: "three",
            port: 83,
            socketPath: null,
            weight: 1,
            priority: 2,
            healthCheck: check,
          },
        ],
        outlierDetection: {
          intervalMs: 5000,
          failurePercentage: 0,
          successRateDeviation: 0,
          minRequests: 10,
          minBackends: 4,
          maxEjected: 0.3,
          maxEjectionTimeMs: 60_000,
        },
        circuitBreaker: {
          failureThreshold: 3,
          resetTimeoutMs: 20_000,
          halfOpenRequests: 2,
          jitter: 0,
        },
        slowStartMs: 0,
        sticky: null,
        proxyProtocol: null,
        panicThreshold: 0.4,
        retry: {
          maxRetries: 0,
          maxTimeoutRetries: 0,
          budget: null,
          minRetriesPerSecond: 5,
          statuses: [502],
          backoffMs: 10,
          maxBackoffMs: 1000,
          bufferBodyBytes: 0,
        },
        hedge: { quantile: 0.9, budget: 0.02, minDelayMs: 5 },
        limits: {
          inFlightPerBackend: 50,
          inFlight: 100,
          queue: 7,
          queueTimeoutMs: 2000,
          adaptive: true,
        },
        connections: { poolSize: 0, idleTimeoutMs: 1000, pipelining: true },
        timeouts: { connectMs: 1000, responseMs: 2000, idleMs: 3000, tunnelMs: 4000 },
      },
    ],
    routes: [
      {
        ...everythingTo("web"),
        host: { kind: "exact", name: "api.example.com" },
        path: { kind: "prefix", path: "/v1" },
      },
      everythingTo("web"),
    ],
    accessLog: { format: "combined" },
    traces: { share: 0.01, keep: 20 },
    shutdown: { timeoutMs: 60_000 },
  });
});

test("lets a backend be checked in a pool that is not", () => {
  const { config } = configOf(
    "pools: { web: { healthCheck: false, backends: [http://a, { url: http://b, healthCheck: {} }] } }",
  );
  const [a, b] = config.pools[0]?.backends ?? [];
  expect(a?.healthCheck).toBeNull();
  expect(b?.healthCheck).toMatchObject({ path: "/", intervalMs: 10_000 });
});

test("shows everything that is wrong at once, in the order of the file", () => {
  const text = `version: 2
workers: 500
listeners:
  - address: 8080
  - adress: :80
    timeouts: { header: 10, body: 0s, send: 9999h }
    limits: { head: 64kib, target: 10, fields: 0, body: 10 }
    trustedProxies: [10.0.0.0/33]
pools:
  web:
    strateggy: round-robin
    strategy: rond-robin
    backends:
      - https://a
      - 5
      - { url: http://a, wieght: 3 }
      - { weight: 0, url: http://b, id: "a b" }
    healthCheck: { path: "/a b", unhealthyThreshold: 0, jitter: 200%, expectedStatus: [200, 20] }
    retry: { maxRetries: 1.5 }
  api: { backends: [], healthCheck: true }
  b__c: { backends: http://c }
  null:
routes:
  - { pool: wbe, path: x }
  - path: /y
acessLog: json
accessLog: { format: xml }
shutdown: 30s
`;
  expect(problemsOf(text)).toEqual([
    "evenkeel.yaml:1:10 version: expected the number 1: this evenkeel reads no other version",
    "evenkeel.yaml:2:10 workers: must be at most 256",
    "evenkeel.yaml:4:14 listeners[0].address: 8080 is only a port",
    'evenkeel.yaml:5:5 listeners[1].adress: unknown key "adress"; did you mean "address"?',
    "evenkeel.yaml:6:25 listeners[1].timeouts.header: 10 has no unit; write 10ms, 10s, 10m or 10h",
    "evenkeel.yaml:6:35 listeners[1].timeouts.body: must be longer than 0s",
    "evenkeel.yaml:6:45 listeners[1].timeouts.send: must be at most 596h31m23s647ms, the longest timer",
    'evenkeel.yaml:7:21 listeners[1].limits.head: "kib" is not a unit of size; use B, KiB, MiB, ' +
      'GiB, kB, MB or GB; did you mean "64KiB"?',
    "evenkeel.yaml:7:36 listeners[1].limits.target: 10 has no unit; add one of B, KiB, MiB, GiB, " +
      "kB, MB or GB",
    "evenkeel.yaml:7:48 listeners[1].limits.fields: must be at least 1",
    "evenkeel.yaml:7:57 listeners[1].limits.body: 10 has no unit; add one of B, KiB, MiB, GiB, " +
      "kB, MB or GB",
    'evenkeel.yaml:8:22 listeners[1].trustedProxies[0]: "10.0.0.0/33": the prefix of such a ' +
      "network goes from /0 to /32",
    'evenkeel.yaml:11:5 pools.web.strateggy: unknown key "strateggy"; did you mean "strategy"?',
    expect.stringMatching(
      /^evenkeel.yaml:12:15 pools.web.strategy: expected .*round-robin.*, got "rond-robin"; did you mean "round-robin"\?$/,
    ),
    'evenkeel.yaml:14:9 pools.web.backends[0]: "https://a": only http:// backends are supported',
    "evenkeel.yaml:15:9 pools.web.backends[1]: expected a URL such as http://127.0.0.1:8081, or " +
      "a mapping with url",
    'evenkeel.yaml:16:26 pools.web.backends[2].wieght: unknown key "wieght"; did you mean "weight"?',
    "evenkeel.yaml:17:19 pools.web.backends[3].weight: must be at least 1",
    "evenkeel.yaml:17:41 pools.web.backends[3].id: an id has 1 to 128 visible ASCII characters " +
      "without spaces",
    'evenkeel.yaml:18:26 pools.web.healthCheck.path: "/a b" holds characters that must be ' +
      "percent-encoded",
    "evenkeel.yaml:18:54 pools.web.healthCheck.unhealthyThreshold: must be at least 1",
    "evenkeel.yaml:18:65 pools.web.healthCheck.jitter: must be from 0% to 90%",
    "evenkeel.yaml:18:93 pools.web.healthCheck.expectedStatus[1]: 20 is not a status; write it " +
      "like 200 or 200-399",
    "evenkeel.yaml:19:26 pools.web.retry.maxRetries: expected a whole number, got 1.5",
    "evenkeel.yaml:20:20 pools.api.backends: a pool needs at least one backend",
    "evenkeel.yaml:20:37 pools.api.healthCheck: expected false, or a mapping such as " +
      "{ path: /health, interval: 10s }",
    "evenkeel.yaml:21:3 pools.b__c: a pool's name has 1 to 64 letters, digits, '.', '-' or '_' " +
      "(not two in a row)",
    'evenkeel.yaml:21:21 pools.b__c.backends: expected a list, got "http://c"',
    "evenkeel.yaml:22:8 pools.null: is empty; give it a value or remove the key",
    'evenkeel.yaml:24:13 routes[0].pool: there is no pool "wbe"; did you mean "web"?',
    'evenkeel.yaml:24:24 routes[0].path: "x" must begin with a slash; did you mean "/x"?',
    "evenkeel.yaml:25:5 routes[1].pool: is required",
    'evenkeel.yaml:26:1 acessLog: unknown key "acessLog"; did you mean "accessLog"?',
    'evenkeel.yaml:27:22 accessLog.format: expected one of json, common, combined, off, got "xml"',
    'evenkeel.yaml:28:11 shutdown: expected a mapping, got "30s"',
  ]);
});

test.each([
  ["", "evenkeel.yaml:1:1 pools: is required"],
  ["# nothing\n", "evenkeel.yaml:1:1 pools: is required"],
  ["~", "evenkeel.yaml:1:1 pools: is required"],
  ["pools: {}", "evenkeel.yaml:1:8 pools: at least one pool is needed"],
  ["pools:", "evenkeel.yaml:1:7 pools: is empty; give it a value or remove the key"],
  ["[1]", "evenkeel.yaml:1:1: expected a mapping, got a list"],
  ["text", 'evenkeel.yaml:1:1: expected a mapping, got "text"'],
  ["pools:\n  web:\n    retry: {}\n", "evenkeel.yaml:2:3 pools.web.backends: is required"],
])("says what is missing in %j", (text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});

test.each([
  ["version: '1'", "version: expected the number 1: this evenkeel reads no other version"],
  ["workers: four", "workers: expected auto, or a whole number from 0 to 256"],
  ["accessLog: true", "accessLog: expected one of json, common, combined, off, got true"],
  [
    "listeners: []",
    "listeners: at least one listener is needed; remove the key to get the default",
  ],
  ["listeners: [:80]", 'listeners[0]: expected a mapping, got ":80"'],
  [
    "listeners: [{ address: [] }]",
    "listeners[0].address: expected address, such as 127.0.0.1:8080",
  ],
  ["shutdown: { timeout: true }", "shutdown.timeout: expected duration, such as 250ms"],
])("explains %j", (line, problem) => {
  expect(problemsOf(`${line}\n${smallest}`)).toEqual([
    expect.stringMatching(/^evenkeel.yaml:1:\d+ .*/),
  ]);
  expect(problemsOf(`${line}\n${smallest}`)[0]).toContain(problem);
});

test.each([
  ["strategy: {}", "strategy.type: is required"],
  ["healthCheck: { expectedStatus: [] }", "expectedStatus: at least one status is needed"],
  ["healthCheck: { expectedStatus: [true] }", "expectedStatus[0]: expected a status such as 200"],
  [
    "healthCheck: { expectedStatus: true }",
    "expectedStatus: expected a status, a range such as 200-399, or a list of these",
  ],
  ["healthCheck: { healthyThreshold: .nan }", "expected a whole number, got NaN"],
  ["healthCheck: { jitter: 20 }", "jitter: 20 has no % sign; write a percentage like 20%"],
])("explains %j in a pool", (line, problem) => {
  const problems = problemsOf(`${smallest}    ${line}\n`);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test("does not know the keys of features that do not exist yet", () => {
  expect(problemsOf(`${smallest}    caching: {}\ndashboard: {}\n`)).toEqual([
    'evenkeel.yaml:4:5 pools.web.caching: unknown key "caching"',
    'evenkeel.yaml:5:1 dashboard: unknown key "dashboard"',
  ]);
});

test("prefers flags to the environment, the environment to the file, the file to defaults", () => {
  const text = `${smallest}shutdown: { timeout: 1s }\nworkers: 1\naccessLog: off\n`;
  const { config, origins } = configOf(text, {
    env: { EVENKEEL_WORKERS: "2", EVENKEEL_ACCESSLOG: "common" },
    overrides: [{ path: ["workers"], value: 3, origin: "flag --workers" }],
  });
  expect(config).toMatchObject({
    workers: 3,
    accessLog: { format: "common" },
    shutdown: { timeoutMs: 1000 },
    version: 1,
  });
  expect([...origins].filter(([path]) => !/^(pools|listeners)/.test(path))).toEqual([
    ["version", "default"],
    ["workers", "flag --workers"],
    ["accessLog", "EVENKEEL_ACCESSLOG"],
    ["traces.sample", "default"],
    ["traces.keep", "default"],
    ["shutdown.timeout", "evenkeel.yaml:4:22"],
  ]);
});

test("gives the origin of every setting, in the words of the file", () => {
  const { origins, settings } = configOf(
    "pools:\n  web:\n    backends: [http://a, { url: http://b }]\n    healthCheck: false\n",
    {
      env: { EVENKEEL_LISTENERS__0__LIMITS__FIELDS: "7" },
      overrides: [{ path: ["pools", "web", "backends", 1, "id"], value: "b", origin: "flag --id" }],
    },
  );
  expect(settings).toMatchObject({
    listeners: [{ address: "127.0.0.1:8080", limits: { head: "16KiB", fields: 7 } }],
    pools: {
      web: {
        backends: [
          { url: "http://a", weight: 1 },
          { url: "http://b", weight: 1, id: "b" },
        ],
      },
    },
  });
  expect(Object.fromEntries(origins)).toMatchObject({
    "listeners[0].address": "default",
    "listeners[0].limits.fields": "EVENKEEL_LISTENERS__0__LIMITS__FIELDS",
    "listeners[0].limits.head": "default",
    "pools.web.backends[0].url": "evenkeel.yaml:3:16",
    "pools.web.backends[0].weight": "default",
    "pools.web.backends[1].url": "evenkeel.yaml:3:33",
    "pools.web.backends[1].id": "flag --id",
    "pools.web.backends[1].weight": "default",
    "pools.web.healthCheck": "evenkeel.yaml:4:18",
  });
});

test("puts problems of the file before those of variables, and these before those of flags", () => {
  const problems = problemsOf(`${smallest}zz: 1\n`, {
    env: { EVENKEEL_WORKERS: "x", EVENKEEL_ACCESSLOG: "y" },
    overrides: [
      { path: ["shutdown", "timeout"], value: "1", origin: "flag --shutdown-timeout" },
      { path: ["listeners", 0, "address"], value: "x", origin: "flag --port" },
      { path: ["listeners", 3], value: {}, origin: "flag --listen" },
    ],
  });
  expect(problems.map((problem) => problem.split(":")[0])).toEqual([
    "evenkeel.yaml",
    "EVENKEEL_ACCESSLOG accessLog",
    "EVENKEEL_WORKERS workers",
    "flag --shutdown-timeout shutdown.timeout",
    "flag --port listeners[0].address",
    "flag --listen listeners[3]",
  ]);
});

test("replaces a whole list with a flag, and forgets where the old one stood", () => {
  const overrides = [
    {
      path: ["pools", "web", "backends"],
      value: ["ftp://y"],
      origin: "flag --backends",
    },
  ];
  expect(problemsOf(smallest, { overrides })).toEqual([
    'flag --backends pools.web.backends[0]: "ftp://y": only http:// backends are supported',
  ]);
});

test("does not change the values that flags brought", () => {
  const value = [{ url: "http://x" }];
  const overrides = [
    { path: ["pools", "web", "backends"], value, origin: "flag --backends" },
    { path: ["pools", "web", "backends", 0, "id"], value: "x", origin: "flag --id" },
  ];
  configOf(smallest, { overrides });
  expect(value).toEqual([{ url: "http://x" }]);
});

test("says that pools are missing when there is no file at all", () => {
  const result = loadConfig({ env: {}, overrides: [] });
  expect(!result.ok && result.problems.map(formatProblem)).toEqual(["pools: is required"]);
});

test("gives warnings beside problems", () => {
  const result = loadText(`${smallest}    healthCheck: { timeout: 1m }\nworkers: x\n`);
  expect(result).toMatchObject({
    ok: false,
    problems: [{ path: "workers" }],
    warnings: [{ path: "pools.web.healthCheck.timeout" }],
  });
});

test("freezes all of the result, and no two backends share what could be changed", () => {
  const { config, settings } = configOf(smallest);
  const expectFrozen = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    expect(Object.isFrozen(value)).toBe(true);
    for (const child of Object.values(value)) expectFrozen(child);
  };
  expectFrozen(config);
  expectFrozen(settings);
});
