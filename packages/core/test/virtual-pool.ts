import {
  Balancer,
  Lease,
  Pool,
  Scoreboard,
  defaultChoice,
  type Backend,
  type OptionValue,
  type StrategyName,
} from "../src/index.ts";
import { backends } from "./backends.ts";
import { seeded } from "./strategies.ts";

/** What a backend does with a request. */
export interface Answer {
  readonly afterMs: number;
  readonly status: number;
}

export interface VirtualPool {
  readonly strategy: StrategyName;
  readonly options?: Readonly<Record<string, OptionValue>>;
  readonly members?: readonly Backend[];
  readonly seed: number;
  /** From one request to the next. */
  readonly everyMs: number;
  readonly untilMs: number;
  readonly answer: (slot: number, now: number) => Answer;
}

/** One request and who got it. */
export interface Sent {
  readonly at: number;
  readonly slot: number;
}

interface Pending {
  readonly lease: Lease;
  readonly endsAt: number;
  readonly status: number;
}

/**
 * Requests at equal intervals through the production Balancer under virtual time. Answers arrive in the
 * order of their time; a request sees all that were due before it.
 */
export function sendThrough(pool: VirtualPool): Sent[] {
  let now = 0;
  const balancer = balancerOf(pool, () => now);
  let pending: Pending[] = [];
  const sent: Sent[] = [];
  for (let at = 0; at < pool.untilMs; at += pool.everyMs) {
    const due = pending.filter(({ endsAt }) => endsAt <= at);
    pending = pending.filter(({ endsAt }) => endsAt > at);
    for (const { lease, endsAt, status } of due.toSorted((one, two) => one.endsAt - two.endsAt)) {
      now = endsAt;
      lease.answered(status);
      lease.release({ kind: "response", status, latencyMs: 0 });
    }
    now = at;
    const lease = balancer.acquire({ hashKey: "", tried: [] });
    if (!(lease instanceof Lease)) throw new Error(lease);
    const { afterMs, status } = pool.answer(lease.backend.slot, at);
    pending.push({ lease, endsAt: at + afterMs, status });
    sent.push({ at, slot: lease.backend.slot });
  }
  return sent;
}

function balancerOf(setup: VirtualPool, clock: () => number): Balancer {
  const { strategy, options = {}, members = backends(5), seed } = setup;
  const scoreboard = Scoreboard.allocate({ workers: 1, pools: 1, backends: members.length });
  for (const { slot } of members) scoreboard.setReady(slot, true);
  return new Balancer({
    pool: new Pool("web", 0, members),
    strategy: { type: strategy, options: { ...defaultChoice(strategy).options, ...options } },
    scoreboard,
    worker: 0,
    clock,
    random: seeded(seed),
  });
}
