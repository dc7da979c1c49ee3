import { printSettings } from "./print-settings.ts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { configOf, loadText } from "../test/load-text.ts";
import { loadConfig } from "./load-config.ts";
import { formatProblem } from "./problem.ts";

const keys = [
  ..."version workers listeners pools routes accessLog shutdown address timeouts limits".split(" "),
  ..."web strategy backends healthCheck url weight id path interval expectedStatus".split(" "),
  ..."host pool retry maxRetries connections $schema __proto__ constructor toString".split(" "),
];
const scalars = [null, true, false, 0, 1, -1, 1.5, "", "auto", "10s", "20%", "http://a:1", "/x"];
const words = fc.constantFrom(
  ...scalars,
  "${X}",
  "${HOME:-1s}",
  "$${",
  "round-robin",
  ":80",
  "a\nb",
);

const yamlPieces = [
  ..."pools:|web: |- |  |: |? |[|]|{|}|,|&a |*a|!x |<<: |#|>|---\n|%YAML 1.1\n|\n|\r\n|\t|\0".split(
    "|",
  ),
  ..."|,\",',http://a,${A},${A:-b},$${,\ue100\ue000,\uFEFF".split(","),
];

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(words, fc.string(), fc.double()),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...keys), fc.string()), tie("tree")), {
        maxLength: 5,
      })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

/** Neither throws nor leaves anybody without a place to look at. */
function expectAnswer(text: string): void {
  const result = loadText(text);
  for (const problem of [...(result.ok ? [] : result.problems), ...result.warnings]) {
    expect(problem.file).toBe("evenkeel.yaml");
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.column).toBeGreaterThan(0);
    expect(formatProblem(problem)).toMatch(/^evenkeel\.yaml:\d+:\d+/);
  }
  expect(result.ok || result.problems.length > 0).toBe(true);
}

test("answers any JSON with a configuration or with problems that have a place", () => {
  fc.assert(fc.property(tree, (value) => expectAnswer(JSON.stringify(value))));
});

test("answers any YAML with a configuration or with problems that have a place", () => {
  fc.assert(fc.property(tree, (value) => expectAnswer(stringify(value))));
});

test("answers any text, also text that is almost YAML", () => {
  const pieces = fc.constantFrom(...yamlPieces);
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
      expectAnswer(parts.join(""));
    }),
    { numRuns: 300 },
  );
});

test("answers any environment, naming the variable", () => {
  const segment = fc.oneof(fc.constantFrom(...keys, "0", "1", "999999"), fc.string());
  const name = fc
    .array(segment, { maxLength: 5 })
    .map((parts) => `EVENKEEL_${parts.join("__").toUpperCase()}`);
  const value = fc.oneof(
    fc.string(),
    words.map(String),
    tree.map((inner) => stringify(inner)),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), (env) => {
      const result = loadConfig({ env, overrides: [] });
      for (const problem of result.ok ? [] : result.problems) {
        expect(problem.file === null || problem.file in env).toBe(true);
      }
    }),
  );
});

const durations = fc.integer({ min: 1, max: 100_000 }).map((ms) => `${ms}ms`);
const files = fc.record(
  {
    workers: fc.oneof(fc.constant("auto"), fc.nat(256)),
    listeners: fc.constantFrom([{}], [{ address: ":80", limits: { body: "1MiB" } }]),
    pools: fc.record({
      web: fc.record(
        {
          backends: fc.uniqueArray(
            fc.oneof(
              fc.nat(99).map((n) => `http://h${n}`),
              fc.nat(99).map((n) => ({ url: `http://g${n}`, healthCheck: { path: `/${n}` } })),
            ),
            { minLength: 1, maxLength: 4, selector: (item) => JSON.stringify(item) },
          ),
          healthCheck: fc.oneof(fc.constant(false), fc.record({ interval: durations })),
          timeouts: fc.record({ connect: durations }),
        },
        { requiredKeys: ["backends"] },
      ),
    }),
    accessLog: fc.constantFrom("off", { format: "common" }),
    shutdown: fc.record({ timeout: durations }),
  },
  { requiredKeys: ["pools"] },
);

test("gives settings that load as the same configuration, each with an origin", () => {
  fc.assert(
    fc.property(files, (file) => {
      const { config, settings, origins } = configOf(stringify(file));
      const again = configOf(JSON.stringify(settings));
      expect(again.config).toEqual(config);
      expect([...again.origins.keys()]).toEqual([...origins.keys()]);
      expect([...again.origins.values()]).not.toContain("default");
    }),
  );
});

test("prints settings as a file that is the same configuration", () => {
  fc.assert(
    fc.property(files, (file) => {
      const { config, settings, origins } = configOf(stringify(file));
      expect(configOf(printSettings(settings, origins)).config).toEqual(config);
    }),
    { numRuns: 40 },
  );
});
