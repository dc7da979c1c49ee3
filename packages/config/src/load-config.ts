import { checkAccess } from "./checks/access-checks.ts";
import { checkAdmin } from "./checks/admin-checks.ts";
import { checkConcurrencyLimits } from "./checks/concurrency-limit-checks.ts";
import { checkListeners } from "./checks/listener-checks.ts";
import { checkPools } from "./checks/pool-checks.ts";
import { checkRateLimits } from "./checks/rate-limit-checks.ts";
import { checkRoutes } from "./checks/route-checks.ts";
import { type ConfigPath, formatPath } from "./config-path.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { fillDefaults } from "./effective-settings.ts";
import type { Finding } from "./finding.ts";
import { findingsOf, isRequired } from "./issue-findings.ts";
import { createJsonSchema } from "./json-schema.ts";
import type { ConfigProblem } from "./problem.ts";
import { inReadingOrder } from "./reading-order.ts";
import type { ResolvedConfig } from "./resolved-config.ts";
import { restoreSecrets } from "./restore-secrets.ts";
import type { SchemaNode } from "./schema-node.ts";
import { configSchema } from "./schema/config-schema.ts";
import { applyEnvironment } from "./source/environment.ts";
import { poolNamesIn } from "./source/environment-names.ts";
import { type ConfigFile, readFileSource } from "./source/file-source.ts";
import type { Environment } from "./source/interpolation.ts";
import { type ReadSecret, readNoSecrets } from "./source/secret-files.ts";
import { SettingsTree } from "./source/settings-tree.ts";

/** One setting that a flag (or a caller) gives, above file and environment. */
export interface Override {
  readonly path: ConfigPath;
  /** As it would stand in the file: `"10s"`, not 10000. Replaces lists and mappings whole. */
  readonly value: unknown;
  /** What problems and origins call it: "flag --port". */
  readonly origin: string;
}

export interface LoadInput {
  readonly file?: ConfigFile | undefined;
  readonly env: Environment;
  readonly overrides: readonly Override[];
  /** Reads what a variable called `…_FILE` names; without it such a variable is a problem. */
  readonly readSecret?: ReadSecret | undefined;
  /** Settings whose secrets a file means that was made from what was shown of them. */
  readonly secretsOf?: unknown;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: ResolvedConfig;
      readonly warnings: readonly ConfigProblem[];
      /** The same configuration in the words of the file, with the defaults filled in. */
      readonly settings: unknown;
      /** What of it was given, by whatever source: without defaults, as one file could say it. */
      readonly written: unknown;
      /** Who gave each scalar of `settings`: `evenkeel.yaml:5:7`, a variable, a flag, "default". */
      readonly origins: ReadonlyMap<string, string>;
    }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      readonly warnings: readonly ConfigProblem[];
    };

/**
 * Makes one frozen configuration of flags, environment, file and defaults, in this precedence, or
 * says everything that is wrong with them, in the order of the file. Reads no file itself and never throws.
 */
export function loadConfig(input: LoadInput): LoadResult {
  const { file, env, overrides, readSecret = readNoSecrets } = input;
  const source = file === undefined ? null : readFileSource(file, env, readSecret);
  if (source !== null && !source.isWellFormed) {
    return { ok: false, problems: source.problems, warnings: [] };
  }
  const schema = createJsonSchema();
  const tree = new SettingsTree(file?.path ?? null, source);
  restoreSecrets(tree.root, input.secretsOf);
  const problems = [
    ...(source?.problems ?? []),
    ...applyEnvironment(tree, env, { schema, flagPools: poolsOf(overrides), readSecret }),
    ...applyOverrides(tree, overrides),
  ];
  const flags = overrides.map(({ origin }) => origin);
  return judge(tree, schema, problems, flags);
}

/** The pools that file and environment name, whatever else may be wrong with them. */
export function poolNamesOf(input: Omit<LoadInput, "overrides">): readonly string[] {
  const { file, env, readSecret = readNoSecrets } = input;
  const source = file === undefined ? null : readFileSource(file, env, readSecret);
  const tree = new SettingsTree(file?.path ?? null, source);
  applyEnvironment(tree, env, { schema: createJsonSchema(), flagPools: [], readSecret });
  return poolNamesIn(tree.root);
}

/** Checks the whole tree, also where parts of it are known to be wrong: one run shows everything. */
function judge(
  tree: SettingsTree,
  schema: SchemaNode,
  sourceProblems: readonly ConfigProblem[],
  flags: readonly string[],
): LoadResult {
  const { root } = tree;
  const parsed = configSchema.safeParse(root);
  const findings = [
    ...(parsed.success ? [] : findingsOf(parsed.error.issues, root, schema)),
    ...checkListeners(root),
    ...checkAdmin(root),
    ...checkPools(root),
    ...checkRoutes(root),
    ...checkRateLimits(root),
    ...checkConcurrencyLimits(root),
    ...checkAccess(root),
  ];
  const located = (severity: Finding["severity"]): ConfigProblem[] =>
    findings.filter((finding) => finding.severity === severity).map((f) => tree.locate(f));
  const warnings = inReadingOrder(located("warning"), flags);
  const problems = inReadingOrder(withoutEchoes(sourceProblems, located("error")), flags);
  if (problems.length > 0 || !parsed.success) return { ok: false, problems, warnings };
  const { settings, origins } = fillDefaults(root, schema, (path) => tree.originOf(path));
  const config = deepFreeze(parsed.data);
  const written = deepFreeze(structuredClone(root));
  return { ok: true, config, warnings, settings: deepFreeze(settings), written, origins };
}

/** A value that could not be read (`${UNSET}`) is not also missing. */
function withoutEchoes(
  sourceProblems: readonly ConfigProblem[],
  found: readonly ConfigProblem[],
): ConfigProblem[] {
  const unread = new Set(sourceProblems.map(({ path }) => path));
  const isEcho = ({ path, message }: ConfigProblem): boolean =>
    message === isRequired && unread.has(path);
  return [...sourceProblems, ...found.filter((problem) => !isEcho(problem))];
}

function poolsOf(overrides: readonly Override[]): string[] {
  return overrides.flatMap(({ path: [top, name] }) =>
    top === "pools" && typeof name === "string" ? [name] : [],
  );
}

function applyOverrides(tree: SettingsTree, overrides: readonly Override[]): ConfigProblem[] {
  return overrides.flatMap(({ path, value, origin }) => {
    const message = tree.set(path, value, origin);
    if (message === null) return [];
    const place = { file: origin, line: null, column: null, path: formatPath(path) };
    return [{ ...place, message, suggestion: null }];
  });
}
