import { type PoolConfig, formatBackendUrl } from "@evenkeel/config";
import type { Backend, BackendStanding, Forecast } from "@evenkeel/core";
import type { BackendHealthStatus } from "../health/health-control.ts";
import type { BackendVerdict, ExplainedBackend } from "./explanation.ts";

export interface BackendFacts {
  readonly pool: PoolConfig;
  readonly view: BackendHealthStatus;
  readonly standing: BackendStanding;
  readonly chance: number;
  /** Where the client belongs and stays. */
  readonly bound: Backend | null;
  readonly expected: Forecast;
}

interface Judged {
  readonly verdict: BackendVerdict;
  readonly reason: string;
}

export function explainBackend(facts: BackendFacts): ExplainedBackend {
  const { pool, view, standing, chance } = facts;
  const { id, weight, priority } = standing.backend;
  return {
    id,
    url: formatBackendUrl(standing.backend),
    chance,
    ...judge(facts),
    status: view.status,
    breaker: view.breaker,
    ejectedUntil: dateOf(view.ejectedUntil),
    weight,
    priority,
    inFlight: standing.inFlight,
    cap: pool.limits.inFlightPerBackend,
    share: standing.share,
    score: standing.facts,
  };
}

/** Every backend has a reason: why it is picked, may be picked, or cannot be. */
function judge(facts: BackendFacts): Judged {
  const { standing, chance } = facts;
  if (chance > 0) return { verdict: chance === 1 ? "picked" : "possible", reason: chosen(facts) };
  switch (standing.standing) {
    case "bound":
    case "candidate":
    case "trial":
    case "tried":
      return passedOver(facts);
    case "backup": {
      const { priority } = standing.backend;
      return {
        verdict: "backup",
        reason: `of priority ${priority}; one of an earlier one is ready`,
      };
    }
    case "at-capacity":
      return { verdict: "at-capacity", reason: capWords(facts) };
    case "pool-full":
      return { verdict: "pool-full", reason: "the pool has as many in flight as it may have" };
    default:
      return excluded(facts);
  }
}

function chosen({ pool, standing, chance, expected, view }: BackendFacts): string {
  const words: string[] = [];
  if (pool.backends.length === 1) words.push("there is no other");
  else if (standing.standing === "bound") words.push("the client's cookie names it");
  else if (standing.standing === "trial") words.push("gets a single trial request");
  else if (expected.keyOrder.length > 0) words.push("the key belongs to it");
  else if (expected.nextTurns.length > 0) words.push("it is its turn");
  else if (chance === 1)
    words.push(isOnlyCandidate(expected) ? "no other can" : "it compares best");
  else words.push("drawn by chance");
  if (standing.share < 1)
    words.push(`slow start: ${Math.round(standing.share * 100)} % of its share`);
  if (view.status === "ejected") words.push("ejected, but the pool is in panic");
  return words.join("; ");
}

function isOnlyCandidate({ standings }: Forecast): boolean {
  return standings.filter(({ standing }) => standing === "candidate").length === 1;
}

function passedOver({ bound, standing, expected }: BackendFacts): Judged {
  if (bound !== null) {
    return { verdict: "bound-elsewhere", reason: `the client belongs to ${bound.id}` };
  }
  const verdict = "not-picked" as const;
  const [owner] = expected.keyOrder;
  if (standing.standing === "trial") {
    return { verdict, reason: "half-open: gets single requests that may be repeated" };
  }
  if (owner !== undefined) return { verdict, reason: `the key belongs to ${owner.id}` };
  if (expected.nextTurns.length > 0) {
    const turn = expected.nextTurns.findIndex(({ id }) => id === standing.backend.id);
    return { verdict, reason: turn === -1 ? "not its turn" : `its turn comes ${turn} later` };
  }
  return { verdict, reason: "another one compares better" };
}

function capWords({ pool, standing }: BackendFacts): string {
  const { inFlightPerBackend } = pool.limits;
  const ofCap = inFlightPerBackend === null ? "" : ` of ${inFlightPerBackend}`;
  const ramp =
    standing.share < 1 ? `, and slow start gives it ${Math.round(standing.share * 100)} %` : "";
  return `${standing.inFlight}${ofCap} in flight${ramp}`;
}

/** Who gets no new requests, as the one owner of that question says. */
function excluded({ view }: BackendFacts): Judged {
  const { status, reason, ejectedUntil, lastError } = view;
  switch (status) {
    case "ejected": {
      const until = dateOf(ejectedUntil);
      const when = until === null ? "half-open, no trial is free" : `until ${until}`;
      return { verdict: "ejected", reason: `${when}: ${reason}` };
    }
    case "draining":
    case "maintenance":
      return { verdict: status, reason };
    case "unhealthy":
      return { verdict: "unhealthy", reason: lastError ?? reason };
    default:
      return { verdict: "unchecked", reason: "waits for its first check" };
  }
}

/** Monotonic milliseconds as a date. */
function dateOf(at: number | null): string | null {
  return at === null ? null : new Date(Date.now() + (at - performance.now())).toISOString();
}
