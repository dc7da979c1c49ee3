import { stringify } from "yaml";
import { expect, test } from "vitest";
import { loadConfig, redactSecrets } from "./index.ts";

const [one, two] = ["1".repeat(32), "2".repeat(32)];

const settings = {
  admin: { address: "127.0.0.1:9000", token: one },
  pools: {
    web: { backends: ["http://a"], sticky: { cookie: "S", secrets: [one, two] } },
  },
};

function load(file: unknown, secretsOf: unknown) {
  const text = stringify(file);
  return loadConfig({ file: { path: "body", text }, env: {}, overrides: [], secretsOf });
}

test("a configuration that was shown comes back with the secrets that it had", () => {
  const result = load(redactSecrets(settings), settings);
  expect(result).toEqual(load(settings, undefined));
  expect(result.ok && result.config.pools[0]?.sticky?.secrets).toEqual([one, two]);
});

test("what stands for a secret that nobody has is refused", () => {
  const shown = redactSecrets(settings);
  const result = load(shown, { pools: settings.pools });
  expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(["admin.token"]);
});

test("nothing but a redacted secret is replaced", () => {
  const other = { ...settings, pools: { web: { ...settings.pools.web, backends: ["http://b"] } } };
  const result = load(redactSecrets(other), settings);
  expect(result.ok && result.config.pools[0]?.backends[0]?.host).toBe("b");
});
