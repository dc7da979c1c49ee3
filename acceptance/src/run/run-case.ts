import { AssertionError } from "node:assert";
import { type AcceptanceCase, type Figure, OutOfTime, RunInvalid } from "../case.ts";
import { Stage } from "../stage/stage.ts";
import { untilQuiet } from "../stage/stall-watch.ts";
import type { CaseResult, CaseVerdict } from "./case-result.ts";

/** What a run of a case needs to know. */
export interface RunOptions {
  /** The `evenkeel` to test. */
  readonly binary: string;
  readonly round: number;
  /** Aborted when the suite is to end. */
  readonly signal: AbortSignal;
  /** Hears every stage that is opened, so that nothing outlives the suite. */
  readonly onStage: (stage: Stage) => void;
  /** Longest wait for a quiet machine before a second attempt. */
  readonly quietWaitMs: number;
}

type Attempt = Pick<CaseResult, "verdict" | "figures" | "problem" | "evidence">;

/** Checks one promise; once more, and with a note, when the first run could not tell. */
export async function runCase(one: AcceptanceCase, options: RunOptions): Promise<CaseResult> {
  const startedAt = performance.now();
  const first = await attempt(one, options, false);
  const notes: string[] = [];
  let last = first;
  if (first.verdict === "invalid" && !options.signal.aborted) {
    notes.push(`tried twice: the first run was invalid (${firstLine(first.problem)})`);
    await untilQuiet(options.quietWaitMs);
    last = await attempt(one, options, true);
  }
  const { round } = options;
  const durationMs = performance.now() - startedAt;
  const { id, group, sentence, limitMs } = one;
  return { case: { id, group, sentence, limitMs }, round, durationMs, notes, ...last };
}

async function attempt(
  one: AcceptanceCase,
  options: RunOptions,
  isLast: boolean,
): Promise<Attempt> {
  const stage = await Stage.open(options.binary, isLast);
  options.onStage(stage);
  try {
    const figures = await withinLimit(one, stage, options.signal);
    return { verdict: "pass", figures, problem: "", evidence: [] };
  } catch (error) {
    const told = error instanceof OutOfTime ? whoseTime(error, stage) : error;
    const verdict = options.signal.aborted ? "interrupted" : verdictOf(told);
    return { verdict, figures: [], problem: textOf(told), evidence: stage.evidence() };
  } finally {
    await stage.close();
  }
}

async function withinLimit(
  one: AcceptanceCase,
  stage: Stage,
  signal: AbortSignal,
): Promise<readonly Figure[]> {
  const end = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    end.reject(new OutOfTime(`it was not done within ${one.limitMs / 1000} s`));
  }, one.limitMs);
  const interrupt = (): void => end.reject(new Error("interrupted"));
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  const checked = one.check(stage);
  // Whoever loses the race may still fail, when its programs are taken from it.
  checked.catch(() => {});
  try {
    return await Promise.race([checked, end.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupt);
  }
}

/** Three cases at a time make something wait for half of the time; nine tenths of it are somebody else's work. */
const busyShare = 0.9;

function whoseTime(error: OutOfTime, { pressure }: Stage): Error {
  const { share } = pressure;
  if (!(share > busyShare)) return error;
  const waited = `programs waited for a processor ${Math.round(share * 100)} % of the time`;
  return new RunInvalid(`${error.message}; ${waited}`);
}

function verdictOf(error: unknown): CaseVerdict {
  if (error instanceof RunInvalid) return "invalid";
  return error instanceof AssertionError ? "fail" : "error";
}

function textOf(error: unknown): string {
  if (error instanceof AssertionError || error instanceof RunInvalid) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
