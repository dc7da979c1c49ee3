import { parseArgs } from "node:util";
import { profiles } from "./profiles/registry.ts";
import type { Profile } from "./profiles/profile.ts";
import type { Proxy } from "./proxies/proxy.ts";
import { controls, proxies } from "./proxies/registry.ts";

/** What the user asked for. */
export interface Options {
  readonly proxies: readonly Proxy[];
  readonly profiles: readonly Profile[];
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly json: string | undefined;
  readonly writeDocs: boolean;
}

/** A flag or value that does not exist or makes no sense; its message is for the user. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const DEFAULT_PROXIES = "evenkeel,nginx,haproxy,caddy,node-pipe";
const DEFAULT_PROFILES = "keepalive-100b";

/** The text of `--help`. */
export const HELP: string = `Measures what a proxied request costs: Evenkeel beside nginx, HAProxy, Caddy and proxies in Node,
in turn in one run, each alone on its core. Needs Linux, wrk and whatever it compares with; what
is missing is named and left out.

usage: evenkeel-bench [options]
       evenkeel-bench micro [options]    the codec and the balancer alone; see micro --help
       evenkeel-bench agreement [options]    real processes beside the simulator; see its --help

  --proxies LIST      ${DEFAULT_PROXIES}
                      or "all": ${proxies.map(({ name }) => name).join(", ")}
                      or planted-pause, a proxy that stands still for 2 ms every 50 ms, to see
                      that latency-half-load finds it; not in "all"
  --profile LIST      ${DEFAULT_PROFILES}
                      or "all": ${profiles.map(({ name }) => name).join(", ")}
  --duration 5s       measured time of one turn, whole seconds; four times as long in
                      latency-half-load, because a p99 needs many answers
  --warmup 1s         load before each turn (eight times as long before the first); 0s for none
  --rounds 3          turns of each proxy
  --connections 64    client connections
  --json FILE         write every sample and the environment
  --write-docs        regenerate docs/benchmarks.md and docs/benchmarks.svg
  --help

examples:
  pnpm bench
  pnpm bench --proxies evenkeel,nginx --rounds 1 --duration 2s
  pnpm bench --proxies evenkeel,haproxy,planted-pause --profile latency-half-load
  pnpm bench --profile post-10k-50k,download-1m --json result.json
  pnpm bench --proxies all --profile all --write-docs
  pnpm bench micro

exit codes: 0 ok, 1 a proxy failed or nothing could be measured, 2 usage, 130 interrupted
`;

const FLAGS = {
  proxies: { type: "string", default: DEFAULT_PROXIES },
  profile: { type: "string", default: DEFAULT_PROFILES },
  duration: { type: "string", default: "5s" },
  warmup: { type: "string", default: "1s" },
  rounds: { type: "string", default: "3" },
  connections: { type: "string", default: "64" },
  json: { type: "string" },
  "write-docs": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads the arguments; "help" when that is all that was asked. Throws UsageError. */
export function parseOptions(args: readonly string[]): Options | "help" {
  const values = parseFlags(args);
  if (values.help) return "help";
  return {
    proxies: chosen("--proxies", values.proxies, proxies, controls),
    profiles: chosen("--profile", values.profile, profiles),
    seconds: wholeSeconds("--duration", values.duration, 1),
    warmupSeconds: wholeSeconds("--warmup", values.warmup, 0),
    rounds: positiveInteger("--rounds", values.rounds),
    connections: positiveInteger("--connections", values.connections),
    json: values.json,
    writeDocs: values["write-docs"],
  };
}

type FlagValues = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>["values"];

function parseFlags(args: readonly string[]): FlagValues {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chosen<Named extends { readonly name: string }>(
  flag: string,
  list: string,
  common: readonly Named[],
  special: readonly Named[] = [],
): Named[] {
  if (list === "all") return [...common];
  const known = [...common, ...special];
  const names = list.split(",");
  const unknown = names.find((name) => !known.some((item) => item.name === name));
  if (unknown !== undefined) {
    const valid = known.map(({ name }) => name).join(", ");
    throw new UsageError(`${flag}: there is no "${unknown}"; valid are ${valid}`);
  }
  return known.filter(({ name }) => names.includes(name));
}

function wholeSeconds(flag: string, text: string, least: number): number {
  const [, number, unit] = /^(\d{1,4})(s|m)$/.exec(text) ?? [];
  const seconds = Number(number) * (unit === "m" ? 60 : 1);
  if (!(seconds >= least)) {
    throw new UsageError(`${flag}: "${text}" is not whole seconds of at least ${least}s, like 5s`);
  }
  return seconds;
}

function positiveInteger(flag: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new UsageError(`${flag}: "${text}" is not a whole number above 0`);
  return Number(text);
}
