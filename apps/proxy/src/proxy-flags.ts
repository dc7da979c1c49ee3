import type { Override } from "@evenkeel/config";

export interface ProxyFlags {
  readonly config?: string;
  readonly backends?: string;
  readonly port?: string;
  readonly strategy?: string;
  readonly healthCheckInterval?: string;
  readonly healthCheckPath?: string;
  readonly workers?: string;
  readonly admin?: string;
}

/**
 * What the flags say, in the words of the file, which also judges it. `pools` are those that pool-wide
 * flags apply to.
 */
export function overridesOf(flags: ProxyFlags, pools: readonly string[]): readonly Override[] {
  const overrides: Override[] = [];
  const set = (path: Override["path"], value: unknown, flag: string): void => {
    if (value !== undefined) overrides.push({ path, value, origin: `flag ${flag}` });
  };
  if (flags.backends !== undefined) {
    set(["pools", "default", "backends"], flags.backends.split(",").map(backendOf), "--backends");
  }
  if (flags.port !== undefined) {
    set(["listeners"], [{ address: `127.0.0.1:${flags.port}` }], "--port");
  }
  for (const pool of flags.backends === undefined ? pools : ["default"]) {
    set(["pools", pool, "strategy"], strategyOf(flags.strategy), "--strategy");
    const check = ["pools", pool, "healthCheck"];
    set([...check, "interval"], flags.healthCheckInterval, "--health-check-interval");
    set([...check, "path"], flags.healthCheckPath, "--health-check-path");
  }
  set(["workers"], scalar(flags.workers), "--workers");
  // Not the whole of it: a token that the file has must stay.
  set(["admin", "address"], flags.admin, "--admin");
  return overrides;
}

/** `URL;weight=2;backup` */
function backendOf(text: string): unknown {
  const [url, ...settings] = text.split(";").map((part) => part.trim());
  return { url, ...mappingOf(settings) };
}

/** `consistent-hash,key=header:x-user,virtualNodes=100`; a name alone stays one. */
function strategyOf(text: string | undefined): unknown {
  if (text?.includes(",") !== true) return text;
  const [type, ...options] = text.split(",").map((part) => part.trim());
  return { type, ...mappingOf(options) };
}

/**
 * A word alone is true. What is given twice becomes a list, which none of these settings takes, so
 * that neither of the two is dropped in silence.
 */
function mappingOf(settings: readonly string[]): Record<string, unknown> {
  const mapping = new Map<string, unknown>();
  for (const setting of settings) {
    const [, key = setting, text] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
    // An id is text, also one that looks like a number.
    const value = text === undefined ? true : key === "id" ? text : scalar(text);
    mapping.set(key, mapping.has(key) ? [mapping.get(key), value] : value);
  }
  return Object.fromEntries(mapping);
}

function scalar(text: string | undefined): string | number | boolean | undefined {
  if (text === "true" || text === "false") return text === "true";
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : text;
}
