/*
 * The configuration that the spawned balancer runs with: the user's own, or the defaults, with the backends'
 * addresses replaced by those that were spawned, and with a log that can be read.
 */
import { formatProblem, loadConfig, type PoolConfig, readConfigFile } from "@evenkeel/config";
import { LoadtestError } from "../../errors.ts";
import type { Protection } from "../protections.ts";

/** A configuration in the words of the file. */
export type Settings = Record<string, unknown>;

/** What the user chose. */
export interface PoolChoice {
  /** undefined: the defaults. */
  readonly configFile: string | undefined;
  /** Which pool of the file; undefined: its first. */
  readonly pool: string | undefined;
  /** Without a file: of the pool, besides its backends; undefined: the defaults. */
  readonly poolSettings?: Settings;
  /** Without a file: how many backends. */
  readonly backends: number;
  /** undefined: what the file says, or two. */
  readonly workers: number | undefined;
  /** Switched off in a comparison. */
  readonly without: readonly Protection[];
}

/** A pool without addresses yet. */
export interface PoolTemplate {
  readonly name: string;
  /** Names of the backends, as everybody will call them. */
  readonly backends: readonly string[];
  /** The whole configuration for backends at these URLs, in the order of `backends`. */
  settingsFor(urls: readonly string[]): Settings;
}

/** A configuration that is ready to run. */
export interface RunnableConfig {
  readonly text: string;
  readonly pool: PoolConfig;
}

/** @throws LoadtestError `BAD_CONFIG` with every problem of the file. */
export function poolTemplate(choice: PoolChoice): PoolTemplate {
  return choice.configFile === undefined
    ? defaultPool(choice)
    : poolOfFile(choice.configFile, choice);
}

/** Checks the settings as the balancer will, and resolves them. */
export function runnableConfig(template: PoolTemplate, urls: readonly string[]): RunnableConfig {
  const text = JSON.stringify(template.settingsFor(urls), null, 2);
  const { pools } = resolved({ path: "spawned.json", text }, {});
  const pool = pools.find(({ name }) => name === template.name);
  if (pool === undefined) throw new Error(`the pool ${template.name} got lost`);
  return { text, pool };
}

/** More than one, so that what workers share is put to the test. */
const defaultWorkers = 2;

function defaultPool(choice: PoolChoice): PoolTemplate {
  const backends = Array.from({ length: choice.backends }, (_, index) => `Server-${index + 1}`);
  return {
    name: "web",
    backends,
    settingsFor: (urls) => ({
      ...commonSettings({ ...choice, workers: choice.workers ?? defaultWorkers }, "web"),
      pools: {
        web: {
          ...withoutProtections(choice.poolSettings ?? {}, choice.without),
          backends: backends.map((id, index) => ({ id, url: urls[index] })),
        },
      },
    }),
  };
}

function poolOfFile(path: string, choice: PoolChoice): PoolTemplate {
  const read = readConfigFile(path);
  if (!read.ok) throw badConfig([formatProblem(read.problem)]);
  const loaded = loadOrThrow(read.file, process.env);
  const settings = loaded.settings as Settings & { readonly pools: Record<string, Settings> };
  const pool = poolNamed(choice.pool, loaded.config.pools, path);
  const own = settings.pools[pool.name] ?? {};
  return {
    name: pool.name,
    backends: pool.backends.map(({ id }) => id),
    settingsFor: (urls) => ({
      ...settings,
      ...commonSettings(choice, pool.name),
      pools: {
        ...settings.pools,
        [pool.name]: {
          ...withoutProtections(own, choice.without),
          backends: relocated(own["backends"], pool, urls),
        },
      },
    }),
  };
}

function commonSettings({ workers }: PoolChoice, pool: string): Settings {
  return {
    version: 1,
    ...(workers === undefined ? {} : { workers }),
    listeners: [{ address: "127.0.0.1:0" }],
    accessLog: "json",
    routes: [{ pool }],
  };
}

/** The same backends, each with its name and its own settings, elsewhere. */
function relocated(backends: unknown, pool: PoolConfig, urls: readonly string[]): Settings[] {
  const written = Array.isArray(backends) ? (backends as unknown[]) : [];
  return pool.backends.map(({ id }, index) => {
    const own = written[index];
    return { ...(typeof own === "object" ? own : {}), id, url: urls[index] };
  });
}

function withoutProtections(pool: Settings, without: readonly Protection[]): Settings {
  const retry = { ...(pool["retry"] as Settings | undefined), maxRetries: 0 };
  return {
    ...pool,
    ...(without.includes("retry") ? { retry } : {}),
    ...(without.includes("breaker") ? { circuitBreaker: false, outlierDetection: false } : {}),
    ...(without.includes("checks") ? { healthCheck: false } : {}),
  };
}

function poolNamed(
  name: string | undefined,
  pools: readonly PoolConfig[],
  path: string,
): PoolConfig {
  const pool = name === undefined ? pools[0] : pools.find((candidate) => candidate.name === name);
  if (pool !== undefined) return pool;
  const names = pools.map((candidate) => candidate.name).join(", ");
  throw new LoadtestError("BAD_OPTION", `${path} has no pool "${name}"; it has ${names}`);
}

type ConfigFile = NonNullable<Parameters<typeof loadConfig>[0]["file"]>;

function resolved(file: ConfigFile, env: NodeJS.ProcessEnv) {
  return loadOrThrow(file, env).config;
}

function loadOrThrow(file: ConfigFile, env: NodeJS.ProcessEnv) {
  const loaded = loadConfig({ file, env, overrides: [] });
  if (!loaded.ok) throw badConfig(loaded.problems.map(formatProblem));
  return loaded;
}

function badConfig(problems: readonly string[]): LoadtestError {
  return new LoadtestError("BAD_CONFIG", problems.join("\n"));
}
