import { expect, test } from "vitest";
import { configOf, problemsOf } from "../../test/load-text.ts";
import { formatProblem } from "../problem.ts";
import { loadConfig } from "../load-config.ts";

const file = "pools: { web: { backends: [http://a, { url: http://b }] } }\n";
const withEnv = (env: Record<string, string | undefined>, text = file) =>
  configOf(text, { env }).config;
const problemsWith = (env: Record<string, string | undefined>) => problemsOf(file, { env });

test("sets scalars, nested keys and list items", () => {
  const config = withEnv({
    EVENKEEL_WORKERS: "4",
    EVENKEEL_SHUTDOWN__TIMEOUT: "5s",
    EVENKEEL_LISTENERS__0__ADDRESS: "[::1]:81",
    EVENKEEL_LISTENERS__1__ADDRESS: ":82",
    EVENKEEL_POOLS__WEB__HEALTHCHECK__UNHEALTHYTHRESHOLD: "7",
    EVENKEEL_POOLS__WEB__BACKENDS__1__ID: "b",
    EVENKEEL_ACCESSLOG: "off",
  });
  expect(config.workers).toBe(4);
  expect(config.shutdown.timeoutMs).toBe(5000);
  expect(config.listeners.map(({ address }) => address)).toEqual([
    { kind: "tcp", host: "::1", port: 81 },
    { kind: "tcp", host: "", port: 82 },
  ]);
  expect(config.pools[0]?.backends[0]?.healthCheck?.unhealthyThreshold).toBe(7);
  expect(config.pools[0]?.backends[1]?.id).toBe("b");
  expect(config.accessLog.format).toBe("off");
});

test("does not mind the case of the letters after the prefix", () => {
  expect(withEnv({ EVENKEEL_Pools__web__Retry__maxRetries: "0" }).pools[0]?.retry.maxRetries).toBe(
    0,
  );
});

test("takes whole lists and mappings as YAML", () => {
  const config = withEnv({
    EVENKEEL_POOLS__WEB__BACKENDS: "[http://x, { url: http://y:81, id: why }]",
    EVENKEEL_POOLS__WEB__HEALTHCHECK: "false",
    EVENKEEL_LISTENERS: "[{ trustedProxies: [10.0.0.0/8] }]",
  });
  expect(config.pools[0]?.backends).toMatchObject([
    { id: "x:80", healthCheck: null },
    { id: "why", port: 81 },
  ]);
  expect(config.listeners[0]?.trustedProxies).toEqual(["10.0.0.0/8"]);
});

test("lays parts over a whole that another variable gives, list items in order", () => {
  const env: Record<string, string> = { EVENKEEL_POOLS__WEB__BACKENDS: "[http://x]" };
  for (let i = 11; i > 0; i--) env[`EVENKEEL_POOLS__WEB__BACKENDS__${i}`] = `http://x${i}`;
  const ids = withEnv(env).pools[0]?.backends.map(({ id }) => id);
  expect(ids).toEqual(["x:80", ...Array.from({ length: 11 }, (_, i) => `x${i + 1}:80`)]);
});

test("makes a pool of its backends, and matches pool names that a variable cannot spell", () => {
  const config = withEnv(
    {
      EVENKEEL_POOLS__MY_POOL__RETRY__MAXRETRIES: "1",
      EVENKEEL_POOLS__NEW__BACKENDS: "[http://n]",
    },
    "pools: { my-pool: { backends: [http://a] } }\nroutes: [{ pool: new, path: /n }, { pool: my-pool }]",
  );
  expect(config.pools.map(({ name, retry }) => [name, retry.maxRetries])).toEqual([
    ["my-pool", 1],
    ["new", 2],
  ]);
});

test("works without any file", () => {
  const result = loadConfig({
    env: {
      EVENKEEL_POOLS__WEB__BACKENDS__0: "http://a",
      EVENKEEL_POOLS__WEB__RETRY__MAXRETRIES: "1",
    },
    overrides: [],
  });
  expect(result.ok).toBe(true);
});

test("takes a pool that both the file and a flag name for one", () => {
  const overrides = [{ path: ["pools", "web", "strategy"], value: "round-robin", origin: "flag" }];
  const env = { EVENKEEL_POOLS__WEB__RETRY__MAXRETRIES: "1" };
  expect(configOf(file, { env, overrides }).config.pools[0]?.retry.maxRetries).toBe(1);
});

test("matches the pools that flags define", () => {
  const overrides = [
    { path: ["pools", "default", "backends"], value: ["http://a"], origin: "flag --backends" },
  ];
  const env = { EVENKEEL_POOLS__DEFAULT__RETRY__MAXRETRIES: "1" };
  const result = loadConfig({ env, overrides });
  expect(result.ok && result.config.pools[0]?.retry.maxRetries).toBe(1);
});

test.each([
  ["EVENKEEL_WORKRES", "EVENKEEL_WORKERS"],
  ["EVENKEEL_POOLS__WEB__STRATEGI", "EVENKEEL_POOLS__WEB__STRATEGY"],
  ["EVENKEEL_POOLS_WEB_STRATEGY", "EVENKEEL_POOLS__WEB__STRATEGY"],
  ["EVENKEEL_POOLS__WBE__STRATEGY", "EVENKEEL_POOLS__WEB__STRATEGY"],
  ["EVENKEEL_COLOUR", null],
  ["EVENKEEL_POOLS__WEB__HEALTH_CHECK__INTERVAL", "EVENKEEL_POOLS__WEB__HEALTHCHECK__INTERVAL"],
  ["EVENKEEL_LISTENERS__1__ADRESS", "EVENKEEL_LISTENERS__1__ADDRESS"],
  ["EVENKEEL_WORKERS__0", "EVENKEEL_WORKERS"],
  ["EVENKEEL_", null],
])("refuses the unknown variable %s and names the nearest", (name, nearest) => {
  const hint = nearest === null ? "" : `; did you mean "${nearest}"?`;
  expect(problemsWith({ [name]: "x" })).toEqual([`${name}: unknown variable${hint}`]);
});

test("does not choose between two pools that a variable cannot tell apart", () => {
  const text =
    "pools: { a-b: { backends: [http://a] }, a.b: { backends: [http://b] } }\nroutes: [{ pool: a-b }]";
  expect(problemsOf(text, { env: { EVENKEEL_POOLS__A_B__RETRY__MAXRETRIES: "1" } })).toEqual([
    'EVENKEEL_POOLS__A_B__RETRY__MAXRETRIES: could mean both "a-b" and "a.b"',
  ]);
});

test("leaves alone what is not meant for it", () => {
  const env = {
    EVENKEEL_CONFIG: "/x/evenkeel.yaml",
    EVENKEEL_WORKERS: "",
    EVENKEEL_ACCESSLOG: undefined,
    EVENKEELX: "1",
    PATH: "/bin",
    EVENKEEL_SERVICE_HOST: "10.0.0.1",
    EVENKEEL_SERVICE_PORT_HTTP: "80",
    EVENKEEL_PORT: "tcp://10.0.0.1:80",
    EVENKEEL_PORT_80_TCP_ADDR: "10.0.0.1",
    EVENKEEL_ADMIN_SERVICE_PORT: "9000",
  };
  expect(withEnv(env)).toEqual(withEnv({}));
});

test("does not take a pool called service_host for a variable of Kubernetes", () => {
  const env = { EVENKEEL_POOLS__SERVICE_HOST: "{ backends: [http://b] }" };
  expect(problemsWith(env)).toHaveLength(1);
});

test("does not take a port that a person sets for a variable of Kubernetes", () => {
  expect(problemsWith({ EVENKEEL_PORT: "8080" })).toHaveLength(1);
});

test("names the variable in what is wrong with its value", () => {
  expect(
    problemsWith({
      EVENKEEL_WORKERS: "500",
      EVENKEEL_SHUTDOWN__TIMEOUT: "5",
      EVENKEEL_POOLS__WEB__BACKENDS: "[http://a",
      EVENKEEL_LISTENERS: "[{ adress: x }]",
    }),
  ).toEqual([
    'EVENKEEL_LISTENERS listeners[0].adress: unknown key "adress"; did you mean "address"?',
    "EVENKEEL_POOLS__WEB__BACKENDS pools.web.backends: not valid YAML: flow sequence must end " +
      "with a ]",
    "EVENKEEL_SHUTDOWN__TIMEOUT shutdown.timeout: 5 has no unit; write 5ms, 5s, 5m or 5h",
    "EVENKEEL_WORKERS workers: must be at most 256",
  ]);
});

test("says so when there is nothing that a variable could be laid over", () => {
  expect(
    problemsWith({
      EVENKEEL_POOLS__WEB__BACKENDS__0__WEIGHT: "2",
      EVENKEEL_POOLS__WEB__BACKENDS__5: "http://x",
    }),
  ).toEqual([
    "EVENKEEL_POOLS__WEB__BACKENDS__0__WEIGHT pools.web.backends[0].weight: " +
      "pools.web.backends[0] is a single value here, which has no parts to set",
    "EVENKEEL_POOLS__WEB__BACKENDS__5 pools.web.backends[5]: " +
      "pools.web.backends has 2 entries, so the next index is 2",
  ]);
});

test("reports a missing key of a pool that a variable began", () => {
  const result = loadConfig({ env: { EVENKEEL_POOLS__WEB: "{ retry: {} }" }, overrides: [] });
  expect(!result.ok && result.problems.map(formatProblem)).toEqual([
    "EVENKEEL_POOLS__WEB pools.web.backends: is required",
  ]);
});
