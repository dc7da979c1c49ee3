import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseCpuList } from "./proc-files.ts";

/** Which cores each side runs on. The proxy under test has its core for itself when there are two. */
export interface CorePlan {
  readonly proxy: readonly number[];
  readonly load: readonly number[];
  readonly backend: readonly number[];
}

/**
 * Gives the first core to the proxy and spreads the load generator and the backend over the rest,
 * two cores each at most: more would only hide how busy the proxy is. `siblings` are hyperthreads
 * of the first core; they stay idle when another core is free.
 */
export function planCores(allowed: readonly number[], siblings: readonly number[]): CorePlan {
  const [proxy = 0, ...others] = allowed;
  const apart = others.filter((core) => !siblings.includes(core));
  const rest = apart.length > 0 ? apart : others;
  const [first = proxy, second = first, third, fourth] = rest;
  if (third === undefined) return { proxy: [proxy], load: [first], backend: [second] };
  if (fourth === undefined) return { proxy: [proxy], load: [first, second], backend: [third] };
  return { proxy: [proxy], load: [first, second], backend: [third, fourth] };
}

/**
 * The same with a second core for the proxy, taken from the load generator, which gets a spare one
 * if there is any. The backend runs already and stays. Undefined with fewer than four cores.
 */
export function planTwoWorkers(plan: CorePlan, allowed: readonly number[]): CorePlan | undefined {
  const [second, load] = plan.load;
  if (second === undefined || load === undefined || second === load) return undefined;
  const taken = [...plan.proxy, ...plan.load, ...plan.backend];
  const spare = allowed.filter((core) => !taken.includes(core)).slice(0, 1);
  return { proxy: [...plan.proxy, second], load: [load, ...spare], backend: plan.backend };
}

/** The plan for this machine, within the cores this process may use. */
export function readCorePlan(): CorePlan {
  const allowed = readAllowedCores();
  return planCores(allowed, readSiblings(allowed[0] ?? 0));
}

/** The cores that this process may use now. */
export function readAllowedCores(): number[] {
  const status = readFileSync("/proc/self/status", "utf8");
  return parseCpuList(/^Cpus_allowed_list:\s+(.+)$/m.exec(status)?.[1] ?? "0");
}

/** Moves this process off the proxy's core; children inherit it. */
export function pinSelf(cores: readonly number[]): void {
  spawnSync("taskset", ["-a", "-c", "-p", cores.join(","), String(process.pid)]);
}

function readSiblings(core: number): number[] {
  try {
    const path = `/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`;
    return parseCpuList(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
}
