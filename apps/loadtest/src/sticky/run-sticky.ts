import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { classifyClientError } from "../engine/classify-client-error.ts";
import { ClientLedger } from "../engine/client-ledger.ts";
import { idField, requestId } from "../engine/open-loop-plan.ts";
import { type Reconciliation, reconcile } from "../failover/ledgers/reconcile.ts";
import { LoadtestError } from "../errors.ts";
import type { Progress } from "../engine/messages.ts";
import type { Glimpse } from "../observation/glimpse.ts";
import { LastSecond } from "../observation/last-second.ts";
import { statusClass, TimeSeries, type TimeSeriesSnapshot } from "../observation/time-series.ts";
import type { SystemUnderTest } from "../failover/system/system-under-test.ts";
import { judgeSticky, type StickyVerdict } from "./judge-sticky.ts";
import { Session, type Visit } from "./visit.ts";
import { visitOrder } from "./visit-order.ts";

export interface StickyPlan {
  readonly sessions: number;
  /** Requests of each session, 4 or more. */
  readonly visits: number;
  /** Sessions take turns on these; none has one of its own. */
  readonly connections: number;
  readonly path: string;
  readonly timeoutMs: number;
  readonly backendHeader: string;
  /** A backend dies in the middle of the run and comes back before its end. */
  readonly breaks: boolean;
}

export interface StickyRun {
  readonly plan: StickyPlan;
  readonly url: string;
  /** Wall-clock time of the first visit, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly series: TimeSeriesSnapshot;
  /** Responses by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** When the victim was killed and started again, since the start; null for what did not happen. */
  readonly killedAtMs: number | null;
  readonly restartedAtMs: number | null;
  readonly victim: string | null;
  /** What every session did. */
  readonly visits: readonly (readonly Visit[])[];
  readonly verdict: StickyVerdict;
  /** What the client, the balancer and the backends wrote down about every visit. */
  readonly counts: Reconciliation;
  /** Interrupted. */
  readonly partial: boolean;
}

export interface StickyHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Checks and slow start have to let it in again; longer than the slowest defaults of any balancer. */
const longestReturnMs = 60_000;
const probeEveryMs = 50;

/** @throws LoadtestError `BAD_OPTION` for numbers that show nothing. */
export function requirePlan(plan: StickyPlan): StickyPlan {
  const { sessions, visits, connections } = plan;
  if (sessions < 1) throw new LoadtestError("BAD_OPTION", "--sessions must be at least 1");
  if (visits < 4) throw new LoadtestError("BAD_OPTION", "--visits must be at least 4");
  if (connections < 1) throw new LoadtestError("BAD_OPTION", "--connections must be at least 1");
  return plan;
}

/**
 * All sessions make their first visit, then all their second one, and so on, each time in another order
 * and on whatever connection is free. After a third of the visits the victim is killed while sessions
 * are on their way; after two thirds it is started again, and its sessions go on when it serves others.
 */
export async function runSticky(
  plan: StickyPlan,
  system: SystemUnderTest,
  hooks: StickyHooks,
): Promise<StickyRun> {
  const sessions = Array.from({ length: plan.sessions }, () => new Session());
  const victim = plan.breaks ? (system.backends[0] ?? null) : null;
  const startedAtMs = performance.now();
  const now = (): number => performance.now() - startedAtMs;
  const startedAt = new Date().toISOString();
  const visitor = new Visitor(plan, system.url, now, hooks.signal);
  let isBack = true;
  let killedAtMs: number | null = null;
  let restartedAtMs: number | null = null;
  try {
    for (let turn = 0; turn < plan.visits && !hooks.signal.aborted; turn++) {
      if (victim !== null && turn === Math.floor((plan.visits * 2) / 3)) {
        await victim.restart();
        restartedAtMs = now();
        isBack = await visitor.untilServedBy(victim.name, hooks.signal);
      }
      const isDue = turn === Math.floor(plan.visits / 3);
      await visitor.turn(visitOrder(sessions, turn), hooks.signal, async () => {
        if (!isDue || victim === null) return;
        killedAtMs = now();
        await victim.signal("SIGKILL");
      });
      hooks.onProgress({
        phase: "measuring",
        completed: (turn + 1) * plan.sessions,
        requests: plan.visits * plan.sessions,
        elapsedMs: now(),
        durationMs: undefined,
        glimpse: visitor.glimpse(),
      });
    }
  } finally {
    await visitor.close();
  }
  const name = victim?.name ?? null;
  const visits = sessions.map((session) => session.visits);
  const partial = hooks.signal.aborted;
  const { runId, client } = visitor;
  const counts = reconcile({ ...(await system.collect()), runId, client });
  return {
    plan,
    url: system.url,
    startedAt,
    durationMs: now(),
    series: visitor.series.snapshot(),
    statuses: visitor.statuses,
    killedAtMs,
    restartedAtMs,
    victim: name,
    visits,
    verdict: judgeSticky(visits, name, isBack, counts),
    counts,
    partial,
  };
}

class Visitor {
  readonly #plan: StickyPlan;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #now: () => number;
  readonly #signal: AbortSignal;
  readonly #leave = (): void => void this.#pool.destroy();
  readonly series: TimeSeries = new TimeSeries();
  readonly statuses: Map<number, number> = new Map();
  /** Different in every run, as the ids of all visits are. */
  readonly runId: string = `e${randomBytes(4).toString("hex")}`;
  readonly client: ClientLedger = new ClientLedger();
  readonly #backends: Map<string, number> = new Map();
  readonly #lastSecond = new LastSecond();
  #begun = 0;
  #answers = 0;
  #failures = 0;
  #lost = 0;

  /** Interrupted by `signal` it leaves at once what is in flight. */
  constructor(plan: StickyPlan, url: string, now: () => number, signal: AbortSignal) {
    const { connections, timeoutMs, path } = plan;
    this.#plan = plan;
    this.#path = path;
    this.#now = now;
    const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    this.#pool = new Pool(new URL(url).origin, { connections, ...timeouts });
    this.#signal = signal;
    if (signal.aborted) this.#leave();
    signal.addEventListener("abort", this.#leave);
  }

  /** One visit of each session; `midway` runs when half of them are on their way or done. */
  async turn(
    sessions: readonly Session[],
    signal: AbortSignal,
    midway: () => Promise<void>,
  ): Promise<void> {
    const left = sessions.values();
    const half = Math.floor(sessions.length / 2);
    let begun = 0;
    const lane = async (): Promise<void> => {
      for (const session of left) {
        if (signal.aborted) return;
        const action = begun++ === half ? midway() : undefined;
        await this.#visit(session);
        await action;
      }
    };
    await Promise.all(Array.from({ length: this.#plan.connections }, lane));
  }

  /** False when no new client was sent to that backend for a minute. */
  async untilServedBy(name: string, signal: AbortSignal): Promise<boolean> {
    const end = performance.now() + longestReturnMs;
    while (performance.now() < end && !signal.aborted) {
      const probe = new Session();
      await this.#visit(probe);
      if (probe.visits[0]?.backend === name) return true;
      await delay(probeEveryMs, undefined, { signal }).catch(() => {});
    }
    return false;
  }

  /** How it stands; a turn of visits is seldom longer than a second. */
  glimpse(): Glimpse {
    return {
      offered: this.#begun,
      achieved: this.#answers,
      failed: this.#failures,
      dropped: 0,
      inFlight: this.#begun - this.#answers - this.#lost,
      backends: new Map(this.#backends),
      ...this.#lastSecond.turn(),
    };
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#leave);
    await this.#pool.destroy();
  }

  async #visit(session: Session): Promise<void> {
    const { cookies } = session;
    const sentAtMs = this.#now();
    this.series.offered(sentAtMs);
    const index = this.client.add("GET", sentAtMs);
    this.client.sent(index, sentAtMs);
    const id = requestId(this.runId, index);
    const path = `${this.#path}${this.#path.includes("?") ? "&" : "?"}id=${id}`;
    const headers = { [idField]: id, ...(cookies === "" ? {} : { cookie: cookies }) };
    this.#begun += 1;
    try {
      const answer = await this.#pool.request({ path, method: "GET", headers });
      await answer.body.dump();
      const backend = answer.headers[this.#plan.backendHeader.toLowerCase()];
      const name = typeof backend === "string" ? backend : null;
      session.answered(answer.statusCode, name, [answer.headers["set-cookie"] ?? []].flat());
      this.#answered(sentAtMs, answer.statusCode, name);
      const { statusCode: status } = answer;
      const outcome = { kind: "response", status, backend: name ?? undefined } as const;
      this.client.settle(index, outcome, this.#now());
    } catch (error) {
      if (this.#signal.aborted) return this.#interrupted(index, sentAtMs);
      const lost = { kind: "error", error: classifyClientError(error) } as const;
      this.client.settle(index, lost, this.#now());
      session.failed();
      this.#failures += 1;
      this.#lost += 1;
      const failure = { label: "failed", isFailed: true, backend: undefined, latencyUs: undefined };
      this.series.ended(sentAtMs, failure);
    }
  }

  /** Neither the session nor the balancer did anything wrong: it is no visit. */
  #interrupted(index: number, sentAtMs: number): void {
    this.client.settle(index, { kind: "aborted" }, this.#now());
    const end = { label: "aborted", isFailed: false, backend: undefined, latencyUs: undefined };
    this.series.ended(sentAtMs, end);
  }

  #answered(sentAtMs: number, status: number, backend: string | null): void {
    const endedAtMs = this.#now();
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    this.series.arrived(endedAtMs);
    this.#answers += 1;
    if (status >= 400) this.#failures += 1;
    if (backend !== null) this.#backends.set(backend, (this.#backends.get(backend) ?? 0) + 1);
    this.#lastSecond.record((endedAtMs - sentAtMs) * 1000);
    this.series.ended(sentAtMs, {
      label: statusClass(status),
      isFailed: status >= 400,
      backend: backend ?? undefined,
      latencyUs: (endedAtMs - sentAtMs) * 1000,
    });
  }
}
