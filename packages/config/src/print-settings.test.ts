import { expect, test } from "vitest";
import { configOf } from "../test/load-text.ts";
import { printSettings } from "./print-settings.ts";
import { redactSecrets } from "./redact-secrets.ts";

const token = "0123456789abcdef0123456789abcdef";

test("shows every value as YAML with its place, variable, flag or default", () => {
  const { settings, origins } = configOf(
    "pools:\n  web:\n    backends:\n      - http://a\n      - { url: http://b, id: two }\n",
    {
      env: { EVENKEEL_SHUTDOWN__TIMEOUT: "5s" },
      overrides: [{ path: ["workers"], value: 3, origin: "flag --workers" }],
    },
  );
  const lines = printSettings(settings, origins).split("\n");
  const bare = lines.map((line) => line.replace(/ +#/, " #"));
  for (const line of [
    "version: 1 # default",
    "workers: 3 # flag --workers",
    "listeners:",
    "  - address: 127.0.0.1:8080 # default",
    "      - url: http://a # evenkeel.yaml:4:9",
    "        weight: 1 # default",
    "      - url: http://b # evenkeel.yaml:5:16",
    "        id: two # evenkeel.yaml:5:30",
    "  timeout: 5s # EVENKEEL_SHUTDOWN__TIMEOUT",
  ]) {
    expect(bare).toContain(line);
  }
});

test("shows what a text stands for: a backend, the admin listener, a strategy with options", () => {
  const { settings, origins } = configOf(
    "admin: 127.0.0.1:9000\npools:\n  a: { backends: [unix:/a], strategy: peak-ewma }\n" +
      "  b: { backends: [http://b], strategy: random }\nroutes: [{ pool: a }, { pool: b, path: /b }]\n",
  );
  const lines = printSettings(settings, origins).split("\n");
  const bare = lines.map((line) => line.replace(/ +#/, " #"));
  for (const line of [
    "  address: 127.0.0.1:9000 # evenkeel.yaml:1:8",
    "  allowedHosts: [] # default",
    "      - url: unix:/a # evenkeel.yaml:3:19",
    "      type: peak-ewma # evenkeel.yaml:3:39",
    "      defaultLatency: 30ms # default",
    "    strategy: random # evenkeel.yaml:4:40",
    "  - path: /b # evenkeel.yaml:5:40",
  ]) {
    expect(bare).toContain(line);
  }
});

test.each([
  "pools: { web: { backends: [http://a, { url: http://b }] } }",
  "pools: { web: { backends: [http://a], healthCheck: false, hedge: {} } }\nworkers: 0",
  'pools: { web: { backends: [http://a], healthCheck: { expectedBody: "a: b # c\\n- $$${E} 10" } } }',
  "pools: { web: { strategy: { type: consistent-hash, key: 'header:x' }, backends: [{ url: http://a, id: '1' }] } }\nlisteners: [{ trustedProxies: [10.0.0.0/8] }, { address: 'unix:/a b' }]\nadmin: 127.0.0.1:9000\n",
])("prints what loads as the same configuration: %#", (text) => {
  const { config, settings, origins } = configOf(text);
  expect(configOf(printSettings(settings, origins)).config).toEqual(config);
});

test("hides secrets, and nothing else", () => {
  const { settings } = configOf(
    `pools: { web: { backends: [http://a] } }\nadmin: { address: ":9000", token: ${token} }\n`,
  );
  const shown = redactSecrets(settings) as { readonly admin: unknown };
  expect(shown.admin).toEqual({ address: ":9000", token: "[redacted]", allowedHosts: [] });
  expect({ ...shown, admin: null }).toEqual({ ...(settings as object), admin: null });
});
