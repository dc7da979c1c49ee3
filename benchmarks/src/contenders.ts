import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "./backend/backend.ts";
import { findFault } from "./check.ts";
import { freePorts, waitForPort } from "./proc/ports.ts";
import type { StartedProcess } from "./proc/processes.ts";
import type { Profile } from "./profiles/profile.ts";
import type { Proxy } from "./proxies/proxy.ts";
import type { Workbench } from "./workbench.ts";

const START_TIMEOUT_MS = 10_000;

/** A proxy that runs and has shown that it passes requests through unchanged. */
export interface Contender {
  readonly name: string;
  readonly port: number;
  readonly process: StartedProcess;
}

/** The proxies that passed, and a line for each that did not. */
export interface Lineup {
  readonly contenders: readonly Contender[];
  readonly failures: readonly string[];
}

/** Starts the proxies on the proxy core and checks each one before anything is timed. */
export async function startLineup(
  bench: Workbench,
  backend: Pick<Backend, "port">,
  profile: Profile,
  proxies: readonly Proxy[],
): Promise<Lineup> {
  const contenders: Contender[] = [];
  const failures: string[] = [];
  for (const proxy of proxies) {
    const result = await startOne(bench, backend, profile, proxy);
    if (typeof result === "string") failures.push(`${proxy.name}: ${result}`);
    else contenders.push(result);
  }
  return { contenders, failures };
}

/** Stops the proxies of a lineup. */
export async function stopLineup(bench: Workbench, lineup: Lineup): Promise<void> {
  await Promise.all(lineup.contenders.map(({ process }) => bench.processes.stop(process)));
}

/** What went wrong in a turn, one line each. */
export function faultsOf({ name, process }: Contender, round: number, errors: number): string[] {
  const faults: string[] = [];
  if (errors > 0) faults.push(`${name}: ${errors} failed requests in round ${round}`);
  if (!process.isRunning) faults.push(`${name}: ${process.state} by itself in round ${round}`);
  return faults;
}

async function startOne(
  bench: Workbench,
  backend: Pick<Backend, "port">,
  profile: Profile,
  proxy: Proxy,
): Promise<Contender | string> {
  const [port = 0] = await freePorts(1);
  const directory = join(bench.directory, `${profile.name}-${proxy.name}-${port}`);
  await mkdir(directory, { mode: 0o755 });
  const start = proxy.prepare({ port, backendPort: backend.port, directory });
  for (const [name, text] of Object.entries(start.files)) {
    await writeFile(join(directory, name), text);
  }
  const errorFile = join(directory, "stderr.log");
  const process = bench.processes.start(start.command, { cores: bench.cores.proxy, errorFile });
  const listens = await waitForPort(port, START_TIMEOUT_MS, () => !process.isRunning);
  const fault = listens
    ? await findFault(port, profile.request)
    : `does not listen, ${process.state}`;
  if (fault === undefined) return { name: proxy.name, port, process };
  const tail = process.errorTail();
  await bench.processes.stop(process);
  return tail === "" ? fault : `${fault}\n${tail}`;
}
