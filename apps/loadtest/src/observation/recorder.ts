import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { RequestOutcome } from "../engine/outcome.ts";
import type { Glimpse } from "./glimpse.ts";
import { LastSecond } from "./last-second.ts";
import { errorCount, failedResponseCount, noErrors, type Observation } from "./observation.ts";
import { statusClass, TimeSeries } from "./time-series.ts";

/** Adds up request outcomes as they happen. */
export interface Recorder {
  record(outcome: RequestOutcome): void;
  /** Outcomes so far. */
  count(): number;
  /** How it stands; to be asked four times a second. Of what is in flight a recorder knows nothing. */
  glimpse(): Omit<Glimpse, "inFlight">;
  finish(facts: {
    readonly startedAt: Date;
    readonly startedAtMs: number;
    readonly generatorUtilization: number;
  }): Observation;
}

/** A recorder with nothing in it, of a run that began at `startedAtMs` on the clock of the outcomes. */
export function createRecorder(startedAtMs: number): Recorder {
  const series = new TimeSeries();
  const lastSecond = new LastSecond();
  const latenciesUs: RecordableHistogram = createHistogram();
  const errors = noErrors();
  const errorCodes = new Map<string, number>();
  const statuses = new Map<number, number>();
  const backends = new Map<string, number>();
  const unattributed = new Map<number, number>();
  let sent = 0;
  let responses = 0;
  let aborted = 0;
  let lastEndedAtMs = 0;

  function recordResponse(outcome: RequestOutcome & { kind: "response" }): void {
    responses += 1;
    increment(statuses, outcome.status);
    if (outcome.backend === undefined) increment(unattributed, outcome.status);
    else increment(backends, outcome.backend);
    lastSecond.record(outcome.latencyMs * 1000);
    latenciesUs.record(Math.max(1, Math.round(outcome.latencyMs * 1000)));
  }

  return {
    record(outcome) {
      sent += 1;
      lastEndedAtMs = outcome.endedAtMs;
      recordInTime(series, outcome, startedAtMs);
      if (outcome.kind === "response") recordResponse(outcome);
      else if (outcome.kind === "aborted") aborted += 1;
      else {
        errors[outcome.error] += 1;
        if (outcome.code !== undefined) increment(errorCodes, outcome.code);
      }
    },
    count: () => sent,
    glimpse: () => ({
      offered: sent,
      achieved: responses,
      failed: failedResponseCount({ statuses }) + errorCount({ errors }),
      dropped: 0,
      backends: new Map(backends),
      ...lastSecond.turn(),
    }),
    finish: (facts) => ({
      startedAt: facts.startedAt.toISOString(),
      durationMs: Math.max(0, lastEndedAtMs - facts.startedAtMs),
      sent,
      responses,
      errors,
      errorCodes,
      aborted,
      statuses,
      backends,
      unattributed,
      latenciesUs,
      series: series.snapshot(),
      generatorUtilization: facts.generatorUtilization,
    }),
  };
}

/** A closed loop sends whenever it can: a request was due when it was sent. */
function recordInTime(series: TimeSeries, outcome: RequestOutcome, startedAtMs: number): void {
  const endedAtMs = outcome.endedAtMs - startedAtMs;
  if (outcome.kind !== "response") {
    const label = outcome.kind === "error" ? outcome.error : "aborted";
    series.offered(endedAtMs);
    series.ended(endedAtMs, {
      label,
      isFailed: outcome.kind === "error",
      backend: undefined,
      latencyUs: undefined,
    });
    return;
  }
  const { status, backend, latencyMs } = outcome;
  const sentAtMs = endedAtMs - latencyMs;
  series.offered(sentAtMs);
  series.arrived(endedAtMs);
  series.ended(sentAtMs, {
    label: statusClass(status),
    isFailed: status < 200 || status >= 400,
    backend,
    latencyUs: latencyMs * 1000,
  });
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
