import type { Backend } from "./backend.ts";
import { type AcquireRequest, Balancer, type BalancerDeps, type Refusal } from "./balancer.ts";
import type { Lease } from "./lease.ts";
import type { BackendStanding } from "./standing.ts";

/*
 * What would become of a request is not worked out by a second description of the rules, which would
 * drift from the first one: a balancer of the same kind is asked, again and again, on a copy of the
 * scoreboard that is set back before each time. Whatever is drawn, counted, tried or taken on trial is drawn
 * and counted there, so nothing of it happens to anybody.
 *
 * What each worker keeps to itself is not in the scoreboard and so not in the copy: adaptive limits, credit
 * saved up in slow start, and the loads that prequal has seen lately. Here they begin anew.
 */

const fewestTrials = 100;
const mostTrials = 1_000;
/** Backends that are set back or looked at, in all trials together: some ten milliseconds. */
const mostSteps = 200_000;
const shownTurns = 8;

export interface ForecastDeps extends Pick<
  BalancerDeps,
  "pool" | "strategy" | "scoreboard" | "random" | "limits"
> {
  /** Monotonic milliseconds of the decision. */
  readonly now: number;
}

/** What a balancer would do with a request at this moment. */
export interface Forecast {
  /** In the members' order. */
  readonly standings: readonly BackendStanding[];
  /** In the members' order: how likely it is the one; 0 for all when the request is refused. */
  readonly chances: readonly number[];
  /** Why there would be no backend; null when there would be one. */
  readonly refusal: Refusal | null;
  /** Whose turn is next, and then: of strategies that take turns, else empty. */
  readonly nextTurns: readonly Backend[];
  /** Where its key belongs if those before fail; of requests with a key, else empty. */
  readonly keyOrder: readonly Backend[];
}

/** Asks a balancer, often enough for chances that are right by a few percent, and changes nothing. */
export function forecast(request: AcquireRequest, deps: ForecastDeps): Forecast {
  const { pool, scoreboard, now } = deps;
  const before = scoreboard.copy();
  const board = before.copy();
  const balancer = new Balancer({ ...deps, scoreboard: board, worker: 0, clock: () => now });
  const standings = balancer.standings(request);
  const first = balancer.acquire(request);
  const takesTurns = board.sequence(pool.index) !== before.sequence(pool.index);
  const slots = pool.members.map(({ slot }) => slot);
  const ask = (asked: AcquireRequest): Lease | Refusal => {
    board.restore(before, pool.index, slots);
    return balancer.acquire(asked);
  };
  const isRefused = typeof first === "string";
  return {
    standings,
    chances: isRefused
      ? pool.members.map(() => 0)
      : chancesOf(pool.members, () => ask(request), trialsFor(pool.members.length)),
    refusal: isRefused ? first : null,
    nextTurns: takesTurns && !isRefused ? turnsOf(ask(request), balancer, request) : [],
    keyOrder: request.hashKey === "" ? [] : keyOrderOf(ask, request, pool.members.length),
  };
}

function trialsFor(members: number): number {
  return Math.max(fewestTrials, Math.min(mostTrials, Math.floor(mostSteps / members)));
}

function chancesOf(
  members: readonly Backend[],
  ask: () => Lease | Refusal,
  trials: number,
): readonly number[] {
  const counts = new Map<string, number>();
  for (let trial = 0; trial < trials; trial++) {
    const lease = ask();
    if (typeof lease === "string") continue;
    const { id } = lease.backend;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return members.map(({ id }) => (counts.get(id) ?? 0) / trials);
}

/** Each is over when the next one begins, so that none of them is too busy for its turn. */
function turnsOf(
  first: Lease | Refusal,
  balancer: Balancer,
  request: AcquireRequest,
): readonly Backend[] {
  const turns: Backend[] = [];
  let lease = first;
  while (typeof lease !== "string" && turns.length < shownTurns) {
    turns.push(lease.backend);
    lease.release({ kind: "canceled" });
    lease = balancer.acquire(request);
  }
  return turns;
}

function keyOrderOf(
  ask: (request: AcquireRequest) => Lease | Refusal,
  request: AcquireRequest,
  count: number,
): readonly Backend[] {
  const order: Backend[] = [...request.tried];
  while (order.length < Math.min(count, shownTurns)) {
    const lease = ask({ ...request, tried: order });
    if (typeof lease === "string" || order.includes(lease.backend)) break;
    order.push(lease.backend);
  }
  return order.slice(request.tried.length);
}
