import type { AcceptanceCase } from "../case.ts";
import type { Stage } from "../stage/stage.ts";
import type { CaseResult, SuiteResult } from "./case-result.ts";
import { runCase } from "./run-case.ts";

/** How to run a choice of cases. */
export interface SuitePlan {
  readonly cases: readonly AcceptanceCase[];
  readonly binary: string;
  /** How often each is run. */
  readonly repeat: number;
  /** Cases at a time, of those that measure no times. */
  readonly jobs: number;
  /** Run what is registered as not built yet, too. */
  readonly runsPending: boolean;
  readonly quietWaitMs: number;
  readonly signal: AbortSignal;
}

/** Hears what happens. */
export interface SuiteListener {
  started(one: AcceptanceCase, finished: number, total: number): void;
  finished(result: CaseResult): void;
}

interface Job {
  readonly one: AcceptanceCase;
  readonly round: number;
}

/** Runs the cases that bear company a few at a time, then the others one after the other. */
export async function runSuite(plan: SuitePlan, listener: SuiteListener): Promise<SuiteResult> {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const run = new SuiteRun(plan, listener);
  const runnable = plan.cases.filter((one) => plan.runsPending || one.pending === undefined);
  for (const one of plan.cases) if (!runnable.includes(one)) run.keepPending(one);
  const jobs = runnable.flatMap((one) => roundsOf(one, plan.repeat));
  run.total = jobs.length;
  await run.inLanes(
    jobs.filter(({ one }) => !one.isAlone),
    plan.jobs,
  );
  await run.inLanes(
    jobs.filter(({ one }) => one.isAlone),
    1,
  );
  const order = new Map(plan.cases.map(({ id }, index) => [id, index]));
  const cases = run.results.toSorted(
    (a, b) => (order.get(a.case.id) ?? 0) - (order.get(b.case.id) ?? 0) || a.round - b.round,
  );
  return {
    startedAt,
    durationMs: performance.now() - began,
    isPartial: plan.signal.aborted,
    cases,
  };
}

class SuiteRun {
  readonly results: CaseResult[] = [];
  total = 0;
  readonly #plan: SuitePlan;
  readonly #listener: SuiteListener;
  readonly #stages: Set<Stage> = new Set();

  constructor(plan: SuitePlan, listener: SuiteListener) {
    this.#plan = plan;
    this.#listener = listener;
    // Whatever ends this process must not leave a balancer behind.
    process.once("exit", () => {
      for (const stage of this.#stages) stage.kill();
    });
  }

  keepPending(one: AcceptanceCase): void {
    const result = { durationMs: 0, round: 1, figures: [], notes: [], evidence: [] };
    this.#take({ ...result, case: one, verdict: "pending", problem: one.pending ?? "" });
  }

  async inLanes(jobs: readonly Job[], lanes: number): Promise<void> {
    const waiting = [...jobs];
    const lane = async (): Promise<void> => {
      while (!this.#plan.signal.aborted) {
        const job = waiting.shift();
        if (job === undefined) return;
        await this.#run(job);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  async #run({ one, round }: Job): Promise<void> {
    const { binary, signal, quietWaitMs } = this.#plan;
    this.#listener.started(one, this.results.length, this.total);
    const onStage = (stage: Stage): void => void this.#stages.add(stage);
    this.#take(await runCase(one, { binary, round, signal, onStage, quietWaitMs }));
  }

  #take(result: CaseResult): void {
    this.results.push(result);
    this.#listener.finished(result);
  }
}

function roundsOf(one: AcceptanceCase, repeat: number): readonly Job[] {
  return Array.from({ length: repeat }, (_, index) => ({ one, round: index + 1 }));
}
