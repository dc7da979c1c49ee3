import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runEvenkeel, writeConfig } from "./evenkeel.ts";
import { runInProcess, runInProcessWith } from "./in-process.ts";

const token = "0123456789abcdef0123456789abcdef";
const good = 'pools: { web: { backends: [http://a] } }\nadmin: { address: ":0", token: "${T}" }\n';
const bad = [
  "workers: many",
  "pools:",
  "  web:",
  "    strateggy: round-robin",
  "    backends: [ftp://127.0.0.1:8081]",
  "",
].join("\n");
/** Two pools and no route to the second one. */
const doubtful = [
  "pools: { a: { backends: [http://a] }, b: { backends: [http://b] } }",
  "routes: [{ pool: a }, { pool: b }]",
  "",
].join("\n");

test("check: every mistake at once with its place and the nearest name, exit 78", async () => {
  const file = await writeConfig("evenkeel.yaml", bad);
  const { code, stdout, stderr } = await runEvenkeel("check", "--config", file);
  const lines = stderr.trimEnd().split("\n");
  expect(lines).toEqual([
    expect.stringContaining(`error: ${file}:1:10 workers: `),
    `error: ${file}:4:5 pools.web.strateggy: unknown key "strateggy"; did you mean "strategy"?`,
    expect.stringContaining(`error: ${file}:5:16 pools.web.backends[0]: `),
  ]);
  expect([stdout, code]).toEqual(["", 78]);
});

test("check --json: the same for programs, on standard output, exit 78", async () => {
  const file = await writeConfig("evenkeel.yaml", bad);
  const { code, stdout, stderr } = await runInProcess("check", "--config", file, "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    valid: false,
    problems: [
      { file, line: 1, column: 10, path: "workers", suggestion: null },
      { file, line: 4, column: 5, path: "pools.web.strateggy", suggestion: "strategy" },
      { file, line: 5, column: 16, path: "pools.web.backends[0]" },
    ],
    warnings: [],
  });
  expect([stderr, code]).toEqual(["", 78]);
});

test("check: says what it found in a good configuration, exit 0, and starts nothing", async () => {
  const file = await writeConfig("evenkeel.yaml", good);
  const { code, stdout, stderr } = await runInProcessWith({ T: token }, "check", "--config", file);
  expect([stderr, stdout, code]).toEqual([
    "",
    "valid: 1 listener, 1 route, 1 pool, 1 backend\n",
    0,
  ]);
});

test("check: warnings are apart and no failure, unless --strict", async () => {
  const file = await writeConfig("evenkeel.yaml", doubtful);
  const lenient = await runInProcess("check", "--config", file);
  expect(lenient.stderr).toMatch(/^warning: [^\n]+\n$/);
  expect([lenient.stdout, lenient.code]).toEqual([expect.stringMatching(/^valid: /), 0]);
  const strict = await runInProcess("check", "--config", file, "--strict", "--json");
  expect(JSON.parse(strict.stdout)).toMatchObject({
    valid: false,
    problems: [],
    warnings: [{ file, line: 2 }],
  });
  expect(strict.code).toBe(78);
});

test("check: takes flags and variables into account, and names them", async () => {
  const file = await writeConfig("evenkeel.yaml", good);
  const flags = ["--config", file, "--strategy", "round-robbin"];
  const env = { T: token, EVENKEEL_SHUTDOWN__TIMEOT: "1s" };
  const { code, stderr } = await runInProcessWith(env, "check", ...flags);
  expect(stderr).toContain('did you mean "EVENKEEL_SHUTDOWN__TIMEOUT"?');
  expect(stderr).toMatch(
    /error: flag --strategy pools\.web\.strategy: .*did you mean "round-robin"\?/,
  );
  expect(code).toBe(78);
});

test("config print: every value with file, variable, flag or default, and no secret", async () => {
  const file = await writeConfig("evenkeel.yaml", good);
  const secret = await writeConfig("token", `${token}\n`);
  const env = { T_FILE: secret, EVENKEEL_WORKERS: "2" };
  const { code, stdout, stderr } = await runInProcessWith(
    env,
    "config",
    "print",
    "-c",
    file,
    "-p",
    "81",
  );
  const lines = stdout.split("\n").map((line) => line.replace(/ +# /, " # "));
  for (const line of [
    "workers: 2 # EVENKEEL_WORKERS",
    "  - address: 127.0.0.1:81 # flag --port",
    `      - url: http://a # ${file}:1:28`,
    `  token: "[redacted]" # ${file}:2:32`,
    "  timeout: 30s # default",
  ]) {
    expect(lines).toContain(line);
  }
  expect(stdout).not.toContain(token);
  expect([stderr, code]).toEqual(["", 0]);
});

test("config print --json: settings and origins, and no secret", async () => {
  const flags = ["--backends", "http://127.0.0.1:1", "--admin", "127.0.0.1:0", "--json"];
  const env = { EVENKEEL_ADMIN__TOKEN: token };
  const { code, stdout } = await runInProcessWith(env, "config", "print", ...flags);
  const { settings, origins } = JSON.parse(stdout) as Record<string, unknown>;
  expect(settings).toMatchObject({ version: 1, admin: { token: "[redacted]" } });
  expect(origins).toMatchObject({
    "admin.token": "EVENKEEL_ADMIN__TOKEN",
    "pools.default.backends[0].url": "flag --backends",
    "pools.default.retry.maxRetries": "default",
  });
  expect(stdout).not.toContain(token);
  expect(code).toBe(0);
});

test("config print: a bad configuration is what check says, exit 78", async () => {
  const file = await writeConfig("evenkeel.yaml", bad);
  const { code, stdout, stderr } = await runInProcess("config", "print", "--config", file);
  expect(stderr.match(/^error: /gm)).toHaveLength(3);
  expect([stdout, code]).toEqual(["", 78]);
});

test("config schema: prints the published schema", async () => {
  const { code, stdout, stderr } = await runInProcess("config", "schema");
  const published = new URL("../../../packages/config/evenkeel.schema.json", import.meta.url);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(published, "utf8")));
  expect([stderr, code]).toEqual(["", 0]);
});
