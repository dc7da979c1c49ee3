import { startBackend } from "./backend/backend.ts";
import { findFault } from "./check.ts";
import { readEnvironment, type Environment } from "./environment.ts";
import { measureIdle } from "./measure/idle.ts";
import { measureLatency } from "./measure/latency.ts";
import type { Measurement } from "./measure/measurement.ts";
import type { ProfileReport } from "./measure/results.ts";
import { measureScaling } from "./measure/scaling.ts";
import { measureThroughput } from "./measure/throughput.ts";
import type { Options } from "./options.ts";
import { findProgram, missingPackage } from "./proc/programs.ts";
import type { Profile } from "./profiles/profile.ts";
import type { Proxy } from "./proxies/proxy.ts";
import type { RunReport } from "./report/run-report.ts";
import type { Workbench } from "./workbench.ts";

/** Shows one line to the user. */
export type Say = (line: string) => void;

/** Measures every chosen proxy in every chosen profile. Missing software is said and left out. */
export async function run(bench: Workbench, options: Options, say: Say): Promise<RunReport> {
  const environment = readEnvironment();
  const { ready, versions, skipped } = locateAll(options.proxies);
  skipped.push(...missingTools());
  skipped.forEach((line) => say(`skipped  ${line}`));
  warnAboutMachine(environment, bench, say);
  const canLoad = findProgram("wrk") !== undefined;
  const sizes = options.profiles.map((profile) => profile.request.responseBytes);
  const backend = await startBackend(bench, [...new Set(sizes)]);
  const { connections, rounds, seconds, warmupSeconds } = options;
  const settings = { connections, rounds, seconds, warmupSeconds };
  const measurement = { bench, backend, proxies: ready, ...settings, say };
  const reports: ProfileReport[] = [];
  for (const profile of canLoad ? options.profiles : []) {
    const fault = await findFault(backend.port, profile.request);
    if (fault !== undefined) throw new Error(`the backend itself is wrong: ${fault}`);
    say(`\n${profile.name}: ${profile.title}`);
    reports.push(await measure(measurement, profile));
  }
  return {
    command: commandLine(options),
    environment,
    settings,
    cores: bench.cores,
    backend: backend.title,
    versions,
    skipped,
    profiles: reports,
  };
}

/** The shortest command that repeats this run, without where its results went. */
export function commandLine(options: Options): string {
  const names = (items: readonly { readonly name: string }[]): string =>
    items.map(({ name }) => name).join(",");
  const { seconds, warmupSeconds, rounds, connections, writeDocs } = options;
  return [
    `pnpm bench --proxies ${names(options.proxies)}`,
    `--profile ${names(options.profiles)}`,
    `--duration ${seconds}s --warmup ${warmupSeconds}s --rounds ${rounds} --connections ${connections}`,
    ...(writeDocs ? ["--write-docs"] : []),
  ].join(" \\\n  ");
}

function measure(measurement: Measurement, profile: Profile): Promise<ProfileReport> {
  if (profile.kind === "throughput") return measureThroughput(measurement, profile);
  if (profile.kind === "scaling") return measureScaling(measurement, profile);
  if (profile.kind === "idle") return measureIdle(measurement, profile);
  return measureLatency(measurement, profile);
}

interface Located {
  readonly ready: Proxy[];
  readonly versions: Record<string, string>;
  readonly skipped: string[];
}

function locateAll(proxies: readonly Proxy[]): Located {
  const located: Located = { ready: [], versions: {}, skipped: [] };
  for (const proxy of proxies) {
    const availability = proxy.locate();
    if (availability.kind === "missing") {
      located.skipped.push(`${proxy.name}: ${availability.reason}`);
    } else {
      located.ready.push(proxy);
      located.versions[proxy.name] = availability.version;
    }
  }
  return located;
}

function missingTools(): string[] {
  const lines: string[] = [];
  if (findProgram("wrk") === undefined) lines.push(`all profiles: ${missingPackage("wrk", "wrk")}`);
  if (findProgram("nginx") === undefined) {
    lines.push(
      `nginx as the backend: ${missingPackage("nginx", "nginx")}; node:http serves instead`,
    );
  }
  return lines;
}

function warnAboutMachine(environment: Environment, bench: Workbench, say: Say): void {
  const { loadBefore } = environment;
  if (bench.cores.load.some((core) => bench.cores.proxy.includes(core))) {
    say("note     only one core: the load generator slows the proxy down");
  }
  if (loadBefore > 0.5) {
    say(
      `note     the machine is busy (load ${loadBefore.toFixed(1)}): do not publish these figures`,
    );
  }
}
