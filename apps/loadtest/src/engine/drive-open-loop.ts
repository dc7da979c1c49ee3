import { seededRandom } from "@evenkeel/oracles";
import { createArrivals } from "./arrivals.ts";
import type { OpenLoopMethod } from "./client-ledger.ts";
import { type ArrivalDrive, type ArrivingRequest, driveArrivals } from "./drive-arrivals.ts";
import { idField, type OpenLoopPlan, requestId } from "./open-loop-plan.ts";
import { OpenLoopRecorder } from "./open-loop-recorder.ts";

/** An open loop that runs, and who follows it. */
export interface OpenLoopDrive extends ArrivalDrive {
  readonly recorder: OpenLoopRecorder;
}

interface NumberedRequest extends ArrivingRequest {
  readonly method: OpenLoopMethod;
}

/** Starts sending now. `clock` is monotonic milliseconds. */
export function driveOpenLoop(plan: OpenLoopPlan, clock: () => number): OpenLoopDrive {
  const recorder = new OpenLoopRecorder();
  const drive = driveArrivals(
    {
      origin: new URL(plan.url).origin,
      arrivals: limitedArrivals(plan, recorder),
      next: numberedRequests(plan),
      recorder: {
        get nextIndex() {
          return recorder.counts().due;
        },
        due: ({ method }, intendedAtMs) => recorder.due(method, intendedAtMs),
        drop: (index, nowMs) => recorder.drop(index, nowMs),
        sent: (index, nowMs) => recorder.sent(index, nowMs),
        settle: (index, outcome, nowMs) => recorder.settle(index, outcome, nowMs),
      },
      timeoutMs: plan.timeoutMs,
      maxInFlight: plan.maxInFlight,
      backendHeader: plan.backendHeader,
      keepAlive: true,
      readsBody: () => false,
    },
    clock,
  );
  const { done } = drive;
  return { recorder, done, finish: () => drive.finish(), abort: () => drive.abort() };
}

/** The plan's arrivals, to the end of its time or of its requests. */
function limitedArrivals(
  { arrivals: process, ratePerSecond, seed, durationMs, requests }: OpenLoopPlan,
  recorder: OpenLoopRecorder,
): () => number | undefined {
  const arrivals = createArrivals({ process, ratePerSecond, random: seededRandom(seed) });
  return () => {
    if (requests !== undefined && recorder.counts().due >= requests) return undefined;
    const atMs = arrivals();
    return atMs < durationMs ? atMs : undefined;
  };
}

/** GETs and POSTs, each with its id in a field, in the query and in its body. */
function numberedRequests(plan: OpenLoopPlan): (index: number) => NumberedRequest {
  const url = new URL(plan.url);
  const prefix = `${url.pathname}${url.search}${url.search === "" ? "?" : "&"}id=`;
  // A stream of numbers of its own, so that another share of POST does not move the arrivals.
  const random = seededRandom(plan.seed ^ 0x9e3779b9);
  return (index) => {
    const id = requestId(plan.runId, index);
    const target = prefix + id;
    const headers = { ...plan.headers, [idField]: id };
    if (random() >= plan.postShare) return { method: "GET", target, headers, body: undefined };
    const typed = { "Content-Type": "application/json", ...headers };
    return { method: "POST", target, headers: typed, body: `{"id":"${id}"}` };
  };
}
