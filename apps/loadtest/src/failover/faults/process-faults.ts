import type { FaultEffect } from "../predict/fault-effect.ts";
import type { FaultKind, PromiseFacts } from "./fault-kind.ts";
import type { Recover, Victim } from "./victim.ts";

const refused: FaultEffect = { request: "refused", check: "fails" };

async function kill(victim: Victim): Promise<Recover> {
  await victim.signal("SIGKILL");
  return () => victim.restart();
}

/** What a death at once promises: only POSTs that were in flight may fail, and those honestly. */
export function deathPromises({ retries }: PromiseFacts): string[] {
  return retries ? ["failed-get==0", "lost==0", "doubled==0"] : ["doubled==0"];
}

/** `kill -9`: gone at once, connections are reset by the system. */
export const killFault: FaultKind = {
  name: "kill",
  meaning: "SIGKILL: gone at once; started again at the return",
  effect: refused,
  victims: () => 1,
  strike: kill,
  promises: deathPromises,
};

/** A deployment: the backend finishes what it has and goes. */
export const termFault: FaultKind = {
  name: "term",
  meaning: "SIGTERM: it finishes what it has, then it is gone",
  effect: refused,
  victims: () => 1,
  async strike(victim) {
    await victim.signal("SIGTERM");
    return () => victim.restart();
  },
  promises: ({ retries }) =>
    retries ? ["failed-get==0", "lost==0", "doubled==0"] : ["lost==0", "doubled==0"],
};

/** A hang that the system does not notice: connections are still accepted, by the kernel. */
export const stopFault: FaultKind = {
  name: "stop",
  meaning: "SIGSTOP: it hangs, the kernel still accepts; SIGCONT at the return",
  effect: { request: "no-response", check: "times-out" },
  victims: () => 1,
  async strike(victim) {
    await victim.signal("SIGSTOP");
    return () => victim.signal("SIGCONT");
  },
  promises: () => ["lost==0", "doubled==0"],
};

/** Half of the pool dies in the same moment. */
export const halfFault: FaultKind = {
  name: "half",
  meaning: "SIGKILL to half of the pool at once",
  effect: refused,
  victims: (backends) => Math.max(1, Math.floor(backends / 2)),
  strike: kill,
  promises: deathPromises,
};

/** Nobody is left: every request must get an honest error at once. */
export const allFault: FaultKind = {
  name: "all",
  meaning: "SIGKILL to the whole pool at once",
  effect: refused,
  victims: (backends) => backends,
  strike: kill,
  promises: () => ["lost==0", "doubled==0"],
};
