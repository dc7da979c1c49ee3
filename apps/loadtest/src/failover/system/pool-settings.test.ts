import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LoadtestError } from "../../errors.ts";
import { type PoolChoice, poolTemplate, runnableConfig } from "./pool-settings.ts";

const choice: PoolChoice = {
  configFile: undefined,
  pool: undefined,
  backends: 3,
  workers: undefined,
  without: [],
};
const urls = ["http://127.0.0.1:1001", "http://127.0.0.1:1002", "http://127.0.0.1:1003"];

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-pool-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "evenkeel.yaml");
  writeFileSync(file, text);
  return file;
}

test("without a file: Evenkeel's defaults, two workers, a log that can be read", () => {
  const { pool, text } = runnableConfig(poolTemplate(choice), urls);
  expect(pool).toMatchObject({
    name: "web",
    strategy: { type: "round-robin" },
    retry: { maxRetries: 2 },
    circuitBreaker: { failureThreshold: 5 },
    backends: [
      { id: "Server-1", port: 1001 },
      { id: "Server-2", port: 1002 },
      { id: "Server-3", port: 1003 },
    ],
  });
  expect(JSON.parse(text)).toMatchObject({ workers: 2, accessLog: "json" });
});

const twoPools = `
version: 1
workers: 3
accessLog: "off"
listeners: [{ address: 127.0.0.1:8080, timeouts: { header: 7s } }]
pools:
  api:
    backends: [http://10.0.0.1]
  web:
    strategy: least-connections
    retry: { maxRetries: 1 }
    backends:
      - { url: http://10.0.0.2:81, weight: 3, id: one }
      - http://10.0.0.3:82
      - { url: http://10.0.0.4:83, backup: true, healthCheck: { interval: 3s } }
routes:
  - { path: /api, pool: api }
  - { pool: web }
`;

test("with a file: its pool and its backends, each with its own settings, at other addresses", () => {
  const template = poolTemplate({ ...choice, configFile: fileOf(twoPools), pool: "web" });
  expect(template.backends).toEqual(["one", "10.0.0.3:82", "10.0.0.4:83"]);
  const { pool, text } = runnableConfig(template, urls);
  expect(pool).toMatchObject({
    strategy: { type: "least-connections" },
    retry: { maxRetries: 1 },
    backends: [
      { id: "one", host: "127.0.0.1", port: 1001, weight: 3, priority: 0 },
      { id: "10.0.0.3:82", port: 1002, weight: 1 },
      { id: "10.0.0.4:83", port: 1003, priority: 1, healthCheck: { intervalMs: 3000 } },
    ],
  });
  expect(JSON.parse(text)).toMatchObject({
    workers: 3,
    accessLog: "json",
    listeners: [{ address: "127.0.0.1:0" }],
    routes: [{ pool: "web" }],
  });
});

test("the first pool is meant where none is named, and the flag's workers win", () => {
  const file = fileOf(twoPools);
  const template = poolTemplate({ ...choice, configFile: file, workers: 1 });
  expect(template.name).toBe("api");
  expect(template.settingsFor(urls)["workers"]).toBe(1);
});

test("a comparison switches off what it says and nothing else", () => {
  const without = (...names: PoolChoice["without"]) =>
    runnableConfig(poolTemplate({ ...choice, without: names }), urls).pool;
  expect(without("retry")).toMatchObject({
    retry: { maxRetries: 0, budget: 0.2 },
    circuitBreaker: { failureThreshold: 5 },
  });
  expect(without("breaker")).toMatchObject({
    retry: { maxRetries: 2 },
    circuitBreaker: null,
    outlierDetection: null,
  });
  expect(without("checks").backends[0]?.healthCheck).toBeNull();
});

test("says everything that is wrong with a file, and where", () => {
  const file = fileOf("version: 1\npools: { web: { backends: [http://a], strateggy: x } }\n");
  const read = (): unknown => poolTemplate({ ...choice, configFile: file });
  expect(read).toThrow(LoadtestError);
  expect(read).toThrow(/evenkeel\.yaml:2:\d+ pools\.web\.strateggy: .*did you mean "strategy"\?/);
});

test("names the pools there are when one is not", () => {
  const file = fileOf(twoPools);
  expect(() => poolTemplate({ ...choice, configFile: file, pool: "wbe" })).toThrow(
    /has no pool "wbe"; it has api, web/,
  );
});
