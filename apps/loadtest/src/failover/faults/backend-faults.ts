import { setTimeout as sleep } from "node:timers/promises";
import type { FaultKind, PromiseFacts } from "./fault-kind.ts";
import { deathPromises } from "./process-faults.ts";
import type { BackendFault, Victim } from "./victim.ts";

const flapIntervalMs = 2000;
const refusing: readonly BackendFault[] = [{ fault: "refuse" }];

/** A fault that a test-backend plays until it is told to stop. */
function played(
  fault: BackendFault,
  kind: Pick<FaultKind, "name" | "meaning" | "effect" | "promises">,
): FaultKind {
  return {
    ...kind,
    victims: () => 1,
    async strike(victim) {
      await victim.setFaults([fault]);
      return () => victim.setFaults([]);
    },
  };
}

/** Where somebody notices, a storm must be over for the clients within a second. */
function stormPromises({ detects }: PromiseFacts): string[] {
  return ["lost==0", "doubled==0", ...(detects ? ["late-failed<2%"] : [])];
}

/** The port is shut: what a backend looks like that is not there. */
export const refuseFault: FaultKind = played(
  { fault: "refuse" },
  {
    name: "refuse",
    meaning: "refuses connections; open ones end after their response",
    effect: { request: "refused", check: "fails" },
    promises: deathPromises,
  },
);

/** Connections stand and nothing is read from them. */
export const blackholeFault: FaultKind = played(
  { fault: "blackhole" },
  {
    name: "blackhole",
    meaning: "accepts and hangs: nothing is read, nothing is answered",
    effect: { request: "no-response", check: "times-out" },
    promises: () => ["lost==0", "doubled==0"],
  },
);

/** A crash in the middle of the work: nobody can know whether it was done. */
export const resetBeforeHeadFault: FaultKind = played(
  { fault: "reset" },
  {
    name: "reset-before-head",
    meaning: "takes the request, then RST instead of a response",
    effect: { request: "reset", check: "as-traffic" },
    promises: ({ retries }) =>
      retries ? ["failed-get==0", "lost==0", "doubled==0"] : ["lost==0", "doubled==0"],
  },
);

/** Nothing can be repeated: the client has half a response, and must be able to see that. */
export const resetMidBodyFault: FaultKind = played(
  { fault: "reset", after: "10B" },
  {
    name: "reset-mid-body",
    meaning: "RST after the head and ten bytes of the body",
    // The head says 200, and that is all that a check looks at.
    effect: { request: "cut", check: "passes" },
    promises: ({ detects }) => ["doubled==0", ...(detects ? ["late-failed<2%"] : [])],
  },
);

/** An application that answers, and always wrongly. */
export const storm500Fault: FaultKind = played(
  { fault: "status", code: 500 },
  {
    name: "storm-500",
    meaning: "answers everything with 500",
    effect: { request: "error", check: "as-traffic" },
    promises: stormPromises,
  },
);

/** An application that asks to be left alone. */
export const storm503Fault: FaultKind = played(
  { fault: "status", code: 503, retryAfter: "1s" },
  {
    name: "storm-503",
    meaning: "answers everything with 503 and Retry-After: 1",
    effect: { request: "error", check: "as-traffic" },
    promises: stormPromises,
  },
);

/** Alive, correct, and slow: nothing fails, and nothing may. */
export const slowFault: FaultKind = played(
  { fault: "slow", factor: 10, base: "5ms" },
  {
    name: "slow",
    meaning: "ten times slower, and 50 ms for the simplest request",
    effect: { request: "slow", check: "passes" },
    promises: () => ["failed==0", "doubled==0"],
  },
);

/** A balancer that takes it back each time swings with it. */
export const flapFault: FaultKind = {
  name: "flap",
  meaning: "refuses connections for 2 s, serves for 2 s, and so on",
  effect: { request: "refused", check: "fails" },
  victims: () => 1,
  async strike(victim) {
    const end = new AbortController();
    await victim.setFaults(refusing);
    const loop = flap(victim, end.signal);
    // Nobody waits for it before the recovery does.
    loop.catch(() => {});
    return async () => {
      end.abort();
      await loop;
      await victim.setFaults([]);
    };
  },
  promises: deathPromises,
};

async function flap(victim: Victim, end: AbortSignal): Promise<void> {
  for (let isDown = false; ; isDown = !isDown) {
    // Ending the pause early is the purpose, not a failure.
    await sleep(flapIntervalMs, undefined, { signal: end }).catch(() => {});
    if (end.aborted) return;
    await victim.setFaults(isDown ? refusing : []);
  }
}
