import { type Command, InvalidArgumentError } from "commander";
import { LoadtestError } from "../errors.ts";
import type { Protection } from "../failover/protections.ts";
import { poolTemplate, type Settings } from "../failover/system/pool-settings.ts";
import { ownBinary } from "../failover/system/child-program.ts";
import { SpawnedSystem } from "../failover/system/spawned-system.ts";
import type { SystemUnderTest } from "../failover/system/system-under-test.ts";
import { TargetSystem } from "../failover/system/target-system.ts";
import { collectOption, parseCountOption } from "./option-values.ts";

/** What is tested: our own processes, or somebody else's balancer. */
export interface SystemFlags {
  readonly config?: string;
  readonly pool?: string;
  readonly backends?: number;
  readonly workers?: number;
  readonly target?: string;
  readonly victim?: string;
  readonly victimKill?: string;
  readonly victimReturn?: string;
  readonly victimPid?: number;
  readonly victimUrl?: string;
  readonly accessLog?: string;
  readonly backendLedger?: readonly string[];
}

const usualBackends = 5;

/** Adds the options that say what is tested; `backends` is how many are spawned unless said otherwise. */
export function addSystemOptions(command: Command, backends: number = usualBackends): void {
  command
    .option(
      "--config <file>",
      "spawn what this configuration describes (default: Evenkeel's defaults)",
    )
    .option("--pool <name>", "which pool of the file (default: its first)")
    .option(
      "--backends <n>",
      `backends to spawn without a file (default: ${backends})`,
      parseCountOption,
    )
    .option(
      "--workers <n>",
      "workers of the spawned balancer (default: the file's, or 2)",
      parseCountOption,
    )
    .option("--target <url>", "test this balancer instead of a spawned one")
    .option("--victim <name>", "with --target: the victim's name in the backend header")
    .option("--victim-kill <command>", "with --target: shell command that breaks the victim")
    .option("--victim-return <command>", "with --target: shell command that brings it back")
    .option("--victim-pid <pid>", "with --target: its process, for signals", parseCountOption)
    .option("--victim-url <url>", "with --target: its own URL, if it is a test-backend")
    .option("--access-log <file>", "with --target: the balancer's JSON access log")
    .option(
      "--backend-ledger <name=file>",
      "with --target: a backend's ledger, repeatable",
      collectLedger,
    );
}

/** How to start what is tested, once per run. */
export type StartSystem = (without: readonly Protection[]) => Promise<SystemUnderTest>;

const targetFlags = [
  "victim",
  "victimKill",
  "victimReturn",
  "victimPid",
  "victimUrl",
  "accessLog",
  "backendLedger",
] as const;
const spawnFlags = ["config", "pool", "workers"] as const;

/** What is tested, ready to start. */
export interface SystemStarter {
  readonly start: StartSystem;
  /** How many of its backends can be broken. */
  readonly backends: number;
}

/**
 * `poolSettings` are for the pool that is spawned without a file.
 *
 * @throws LoadtestError `BAD_OPTION` for flags that do not fit together, `BAD_CONFIG` for a bad file.
 */
export function systemStarter(flags: SystemFlags, poolSettings: Settings = {}): SystemStarter {
  const { target, config, pool, workers } = flags;
  if (target !== undefined) return targetStarter(flags, target);
  for (const name of targetFlags) {
    if (flags[name] !== undefined) throw bad(`${flagName(name)} needs --target`);
  }
  if (config !== undefined && flags.backends !== undefined) {
    throw bad("--backends does not fit --config: the file says how many there are");
  }
  if (config === undefined && pool !== undefined) throw bad("--pool needs --config");
  const backends = flags.backends ?? usualBackends;
  if (backends < 1) throw bad("--backends must be at least 1");
  const template = (without: readonly Protection[]) =>
    poolTemplate({ configFile: config, pool, poolSettings, backends, workers, without });
  return {
    start: (without) => SpawnedSystem.start(ownBinary(), template(without)),
    // A bad file is an error now, not after a minute of load.
    backends: template([]).backends.length,
  };
}

function targetStarter(flags: SystemFlags, target: string): SystemStarter {
  for (const name of spawnFlags) {
    if (flags[name] !== undefined) throw bad(`${flagName(name)} does not fit --target`);
  }
  if (!/^https?:\/\//.test(target) || !URL.canParse(target)) {
    throw bad(`--target ${JSON.stringify(target)} is not an http or https URL`);
  }
  const { origin, pathname, search } = new URL(target);
  if (pathname + search !== "/") {
    throw bad(`--target is a balancer, such as ${origin}/; what to ask it for is --path`);
  }
  const options = {
    url: target,
    victim: flags.victim ?? "victim",
    backendCount: flags.backends ?? 1,
    killCommand: flags.victimKill,
    returnCommand: flags.victimReturn,
    pid: flags.victimPid,
    victimUrl: flags.victimUrl,
    accessLog: flags.accessLog,
    backendLedgers: new Map((flags.backendLedger ?? []).map(splitLedger)),
  };
  const start: StartSystem = async (without) => {
    if (without.length > 0) throw bad("--compare needs a balancer that is spawned, not --target");
    return await TargetSystem.attach(options);
  };
  return { start, backends: 1 };
}

function collectLedger(text: string, earlier: readonly string[] = []): readonly string[] {
  if (!/^[^=]+=.+$/.test(text)) {
    throw new InvalidArgumentError("Needs name=file, such as Server-1=ledger.ndjson.");
  }
  return collectOption(text, earlier);
}

function splitLedger(text: string): [name: string, file: string] {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
