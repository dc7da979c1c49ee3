import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Who may import whom: design.md section 2 and docs/decisions/0009, and nothing else. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "packages/core": [],
  "packages/http1": [],
  "packages/config": ["core"],
  "packages/oracles": [],
  "packages/simulator": ["core", "config", "oracles"],
  "apps/proxy": ["core", "http1", "config"],
  "apps/test-backend": ["config"],
  "apps/loadtest": ["config", "oracles"],
  "apps/dashboard": [],
  "apps/cli": ["proxy", "test-backend", "loadtest", "simulator"],
  // They run the binary; micro benchmarks time core and http1 themselves.
  benchmarks: ["core", "http1"],
  scripts: ["core", "http1"],
  acceptance: [],
};

const folders: readonly string[] = Object.keys(arrows);
const pureFolders = ["packages/core", "packages/http1", "packages/oracles"] as const;

interface Case {
  /** Under the temporary root; the rules depend on it. */
  readonly file: string;
  readonly code: string;
  /** The rule that must report it; undefined when it is allowed. */
  readonly rule: "imports" | "globals" | "properties" | undefined;
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}

function imports(specifier: string): string {
  return `import { x } from "${specifier}";\nexport const y: unknown = x;\n`;
}

/** Every package towards every other, in every spelling. */
function arrowCases(): Case[] {
  return folders.flatMap((from) =>
    folders.flatMap((to) => {
      const name = nameOf(to);
      const isAllowed = arrows[from]?.includes(name) ?? false;
      const rule = isAllowed ? undefined : "imports";
      const up = "../".repeat(from.split("/").length + 1);
      const file = (kind: string): string => `${from}/src/${kind}-${name}.ts`;
      const cases: Case[] = [
        { file: file("import"), code: imports(`@evenkeel/${name}`), rule },
        { file: file("subpath"), code: imports(`@evenkeel/${name}/testing`), rule },
        { file: file("reexport"), code: `export { x } from "@evenkeel/${name}";\n`, rule },
        { file: file("type"), code: `export type { X } from "@evenkeel/${name}";\n`, rule },
      ];
      if (from === to) return cases;
      // A path around the package name is no arrow, even where the arrow is allowed.
      const byPath = imports(`${up}${to}/src/x.ts`);
      return [...cases, { file: file("path"), code: byPath, rule: "imports" }];
    }),
  );
}

/** The short way between two folders of the same parent: `../../http1/src/x.ts`. */
function siblingCases(): Case[] {
  return folders.flatMap((from) =>
    folders
      .filter((to) => to !== from && dirname(to) === dirname(from))
      .flatMap((to): Case[] => {
        const name = nameOf(to);
        return [
          {
            file: `${from}/src/sibling-${name}.ts`,
            code: imports(`../../${name}/src/x.ts`),
            rule: "imports",
          },
          {
            file: `${from}/src/deep/sibling-${name}.ts`,
            code: imports(`../../../${name}/src/x.ts`),
            rule: "imports",
          },
        ];
      }),
  );
}

const impureImports = ["node:fs", "node:timers/promises", "fs", "undici", "zod", "pino"];
const impureCode: readonly (readonly [name: string, code: string, rule: Case["rule"]])[] = [
  ["date-now", "export const y: number = Date.now();", "properties"],
  ["math-random", "export const y: number = Math.random();", "properties"],
  ["destructured-now", "export const { now } = Date;", "properties"],
  ["abort-timeout", "export const y: AbortSignal = AbortSignal.timeout(1);", "properties"],
  ["set-timeout", "setTimeout(() => {}, 1);", "globals"],
  ["set-interval", "setInterval(() => {}, 1);", "globals"],
  ["set-immediate", "setImmediate(() => {});", "globals"],
  ["microtask", "queueMicrotask(() => {});", "globals"],
  ["performance", "export const y: number = performance.now();", "globals"],
  ["fetch", 'export const y: unknown = fetch("http://a");', "globals"],
  ["process", "export const y: number = process.pid;", "globals"],
  ["crypto", "export const y: string = crypto.randomUUID();", "globals"],
  ["console", 'console.log("x");', "globals"],
  ["buffer", 'export const y: unknown = Buffer.from("x");', "globals"],
  ["dynamic", 'export const y: unknown = await import("node:fs");', "imports"],
  ["own-file", imports("./own.ts"), undefined],
  ["own-folder", imports("../load/own.ts"), undefined],
  ["own-source-from-below", imports("../../strategies/own.ts"), undefined],
  ["arithmetic", "export const y: number = Math.max(1, 2);", undefined],
];

/** What core, http1 and oracles must not touch, because they decide and do nothing else. */
function purityCases(): Case[] {
  return pureFolders.flatMap((folder) => [
    ...impureImports.map((specifier): Case => {
      const file = `${folder}/src/impure/${specifier.replaceAll(/\W/g, "-")}.ts`;
      return { file, code: imports(specifier), rule: "imports" };
    }),
    ...impureCode.map(([name, code, rule]): Case => {
      return { file: `${folder}/src/impure/${name}.ts`, code: `${code}\n`, rule };
    }),
  ]);
}

/** Their tests may use the platform, but no other package; only core's are judged by the oracles. */
function pureTestCases(): Case[] {
  return pureFolders.flatMap((folder): Case[] => [
    { file: `${folder}/src/a.test.ts`, code: imports("node:fs"), rule: undefined },
    { file: `${folder}/src/b.test.ts`, code: imports("fast-check"), rule: undefined },
    { file: `${folder}/src/c.test.ts`, code: imports("@evenkeel/simulator"), rule: "imports" },
    { file: `${folder}/test/d.ts`, code: imports("../src/own.ts"), rule: undefined },
    { file: `${folder}/test/e.ts`, code: imports("@evenkeel/config"), rule: "imports" },
    { file: `${folder}/test/f.ts`, code: imports("../../config/src/x.ts"), rule: "imports" },
    ...oraclesInTests(folder),
  ]);
}

function oraclesInTests(folder: string): Case[] {
  const rule = folder === "packages/core" ? undefined : "imports";
  const code = imports("@evenkeel/oracles");
  return ["src/g.test.ts", "test/h.ts"].map((file) => ({ file: `${folder}/${file}`, code, rule }));
}

/** What is simulated is a function of its numbers: it knows core, and no clock or chance but its own. */
function simulationCases(): Case[] {
  return ["engine", "contenders", "scenarios"].flatMap((part): Case[] => {
    const folder = `packages/simulator/src/${part}`;
    const foreign = [...impureImports, "@evenkeel/config", "@evenkeel/oracles", "@effect/x"];
    return [
      ...foreign.map((specifier): Case => {
        const file = `${folder}/foreign-${specifier.replaceAll(/\W/g, "-")}.ts`;
        return { file, code: imports(specifier), rule: "imports" };
      }),
      ...impureCode.map(([name, code, rule]): Case => {
        return { file: `${folder}/${name}.ts`, code: `${code}\n`, rule };
      }),
      { file: `${folder}/core.ts`, code: imports("@evenkeel/core"), rule: undefined },
      { file: `${folder}/a.test.ts`, code: imports("fast-check"), rule: undefined },
    ];
  });
}

/** Examples show what users do, and users have the library and nothing else of ours. */
function exampleCases(): Case[] {
  return folders.flatMap((to): Case[] => {
    const name = nameOf(to);
    const rule = name === "proxy" ? undefined : "imports";
    return [
      { file: `examples/import-${name}.ts`, code: imports(`@evenkeel/${name}`), rule },
      { file: `examples/path-${name}.ts`, code: imports(`../${to}/src/x.ts`), rule: "imports" },
    ];
  });
}

/** Apps may do what core may not, and a package's own folders may be named as they like. */
function freedomCases(): Case[] {
  return folders
    .filter((folder) => !pureFolders.some((pure) => pure === folder))
    .flatMap((folder): Case[] => [
      { file: `${folder}/src/free/a.ts`, code: imports("node:fs"), rule: undefined },
      { file: `${folder}/src/free/b.ts`, code: imports("undici"), rule: undefined },
      { file: `${folder}/src/free/c.ts`, code: imports("../config/own.ts"), rule: undefined },
      { file: `${folder}/src/free/d.ts`, code: `${impureCode[0]?.[1]}\n`, rule: undefined },
      { file: `${folder}/test/e.ts`, code: imports("../src/own.ts"), rule: undefined },
    ]);
}

const cases: readonly Case[] = [
  ...arrowCases(),
  ...siblingCases(),
  ...purityCases(),
  ...pureTestCases(),
  ...simulationCases(),
  ...exampleCases(),
  ...freedomCases(),
];

const root = mkdtempSync(join(tmpdir(), "evenkeel-arrows-"));
const reported = new Map<string, string[]>();

beforeAll(() => {
  const repositoryFile = (path: string): string =>
    fileURLToPath(new URL(`../../${path}`, import.meta.url));
  copyFileSync(repositoryFile(".oxlintrc.json"), join(root, ".oxlintrc.json"));
  for (const { file, code } of cases) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), code);
  }
  const oxlint = repositoryFile("scripts/node_modules/oxlint/bin/oxlint");
  const { stdout, stderr } = spawnSync(process.execPath, [oxlint, "--format", "json"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === "") throw new Error(`oxlint printed nothing: ${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: readonly { readonly filename: string; readonly code: string }[];
  };
  for (const { filename, code } of diagnostics) {
    const rule = /^eslint\(no-restricted-(\w+)\)$/.exec(code)?.[1];
    if (rule === undefined) continue;
    const file = filename.replaceAll("\\", "/");
    reported.set(file, [...(reported.get(file) ?? []), rule]);
  }
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

test("no two cases share a file", () => {
  expect(new Set(cases.map(({ file }) => file)).size).toBe(cases.length);
});

test.each(cases.filter(({ rule }) => rule !== undefined))(
  "reports $file by its $rule rule",
  ({ file, rule }) => {
    expect(reported.get(file)).toEqual([rule]);
  },
);

test.each(cases.filter(({ rule }) => rule === undefined))("allows $file", ({ file }) => {
  expect(reported.get(file) ?? []).toEqual([]);
});
