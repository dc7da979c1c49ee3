import {
  type ConfigProblem,
  type LoadResult,
  type Override,
  type ResolvedConfig,
  type Settings,
  loadConfig,
} from "@evenkeel/config";
import { EvenkeelConfigError } from "./config-error.ts";
import { EmbeddedBalancer } from "./embedded-balancer.ts";

const origin = "createBalancer";
const anyPort = "127.0.0.1:0";

/**
 * Starts a balancer in this process. The settings are those of the configuration file, in its words,
 * with two other defaults: no threads (`workers: 0`), and a free port on loopback for every listener
 * without an address. It writes nothing to standard output or error and reads no environment.
 *
 * Rejects with an `EvenkeelConfigError` that lists everything wrong with the settings, or with a
 * `ListenError` when an address cannot be bound.
 */
export async function createBalancer(settings: Settings): Promise<EmbeddedBalancer> {
  const result = load(settings);
  if (!result.ok) throw new EvenkeelConfigError(result.problems);
  return await EmbeddedBalancer.start({ ...result, adapt: withRecords }, load);
}

/** As `createBalancer` reads them; throws an EvenkeelConfigError for what is no plain value. */
function load(settings: Settings): LoadResult {
  return loadConfig({ env: {}, overrides: overridesOf(settings) });
}

function overridesOf(settings: Settings): readonly Override[] {
  const written: unknown = copyOf(settings);
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    throw new EvenkeelConfigError([problem("expected a mapping with pools")]);
  }
  const all = { workers: 0, listeners: [{}], ...withoutUndefined(written) };
  const { listeners } = all;
  const reachable = Array.isArray(listeners) ? listeners.map(withAddress) : listeners;
  return Object.entries({ ...all, listeners: reachable }).map(([key, value]) => {
    return { path: [key], value, origin };
  });
}

/** What cannot be copied, such as a function, is in no configuration file either. */
function copyOf(settings: unknown): unknown {
  try {
    return structuredClone(settings);
  } catch (error) {
    throw new EvenkeelConfigError([problem(`only plain values: ${(error as Error).message}`)]);
  }
}

function problem(message: string): ConfigProblem {
  return { file: origin, line: null, column: null, path: "", message, suggestion: null };
}

/** A key that is there without a value is as good as left out. */
function withoutUndefined(mapping: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(mapping).filter(([, value]) => value !== undefined));
}

function withAddress(listener: unknown): unknown {
  if (typeof listener !== "object" || listener === null || Array.isArray(listener)) return listener;
  return { address: anyPort, ...withoutUndefined(listener) };
}

/** Records are told as objects, which are made of the json format. */
function withRecords(config: ResolvedConfig): ResolvedConfig {
  if (config.accessLog.format === "off") return config;
  return { ...config, accessLog: { format: "json" } };
}
