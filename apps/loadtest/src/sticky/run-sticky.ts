import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { LoadtestError } from "../errors.ts";
import type { Progress } from "../engine/messages.ts";
import type { SystemUnderTest } from "../failover/system/system-under-test.ts";
import { judgeSticky, type StickyVerdict } from "./judge-sticky.ts";
import { Session } from "./visit.ts";

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
  readonly victim: string | null;
  readonly verdict: StickyVerdict;
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
 * All sessions make their first visit, then all their second one, and so on, each time on whatever
 * connection is free. After a third of the visits the victim is killed while sessions are on their
 * way; after two thirds it is started again, and its sessions go on when it serves others.
 */
export async function runSticky(
  plan: StickyPlan,
  system: SystemUnderTest,
  hooks: StickyHooks,
): Promise<StickyRun> {
  const sessions = Array.from({ length: plan.sessions }, () => new Session());
  const victim = plan.breaks ? (system.backends[0] ?? null) : null;
  const visitor = new Visitor(plan, system.url);
  const startedAt = performance.now();
  let isBack = true;
  try {
    for (let turn = 0; turn < plan.visits && !hooks.signal.aborted; turn++) {
      if (victim !== null && turn === Math.floor((plan.visits * 2) / 3)) {
        await victim.restart();
        isBack = await visitor.untilServedBy(victim.name, hooks.signal);
      }
      const isDue = turn === Math.floor(plan.visits / 3);
      await visitor.turn(sessions, hooks.signal, async () => {
        if (isDue) await victim?.signal("SIGKILL");
      });
      hooks.onProgress({
        phase: "measuring",
        completed: (turn + 1) * plan.sessions,
        requests: plan.visits * plan.sessions,
        elapsedMs: performance.now() - startedAt,
        durationMs: undefined,
      });
    }
  } finally {
    await visitor.close();
  }
  const name = victim?.name ?? null;
  const visits = sessions.map((session) => session.visits);
  const partial = hooks.signal.aborted;
  return { plan, victim: name, verdict: judgeSticky(visits, name, isBack), partial };
}

class Visitor {
  readonly #plan: StickyPlan;
  readonly #pool: Pool;
  readonly #path: string;

  constructor(plan: StickyPlan, url: string) {
    const { connections, timeoutMs, path } = plan;
    this.#plan = plan;
    this.#path = path;
    const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    this.#pool = new Pool(new URL(url).origin, { connections, ...timeouts });
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
      await delay(probeEveryMs);
    }
    return false;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #visit(session: Session): Promise<void> {
    const { cookies } = session;
    const headers = cookies === "" ? {} : { cookie: cookies };
    try {
      const answer = await this.#pool.request({ path: this.#path, method: "GET", headers });
      await answer.body.dump();
      const backend = answer.headers[this.#plan.backendHeader.toLowerCase()];
      const name = typeof backend === "string" ? backend : null;
      session.answered(answer.statusCode, name, [answer.headers["set-cookie"] ?? []].flat());
    } catch {
      session.failed();
    }
  }
}
