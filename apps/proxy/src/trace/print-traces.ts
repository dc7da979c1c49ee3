import type { AttemptRecord, CandidateRecord, TraceRecord } from "./trace-record.ts";

/** What `GET /api/v1/traces` answers. */
export interface TracesAnswer {
  /** `off`, or a percentage. */
  readonly sample: string;
  /** When the configured share is back, in ISO 8601; null while it rules. */
  readonly until: string | null;
  readonly kept: number;
  /** Sampled, and thrown away because there were too many at once. */
  readonly dropped: number;
  /** The newest first. */
  readonly traces: readonly TraceRecord[];
}

/** Traces as people read them in a shell, the newest last. */
export function printTraces({ sample, until, kept, dropped, traces }: TracesAnswer): string {
  const lines = traces.toReversed().flatMap((trace) => [...traceLines(trace), ""]);
  const end = until === null ? "" : ` until ${until}`;
  const lost = dropped === 0 ? "" : `, ${dropped} dropped`;
  const state = `${traces.length} of ${kept} kept traces${lost}; sampling ${sample}${end}`;
  return [...lines, state].map((line) => `${printable(line)}\n`).join("");
}

function traceLines(trace: TraceRecord): string[] {
  const { time, method, path, status, error, latencyMs, clientIp, requestId } = trace;
  const answer = error === null ? String(status) : `${status} ${error}`;
  const where = [
    trace.route === null ? "no route" : `route ${trace.route}`,
    ...(trace.pool === null ? [] : [`pool ${trace.pool}`]),
    ...(trace.hashKey === null ? [] : [`key ${JSON.stringify(trace.hashKey)}`]),
    ...(trace.boundTo === null ? [] : [`cookie of ${trace.boundTo}`]),
    ...(trace.waits === 0 ? [] : ["waited for room"]),
  ];
  return [
    `${time}  ${method} ${path} => ${answer} in ${ms(latencyMs)}`,
    `  from ${clientIp}, ${where.join(", ")}, id ${requestId}`,
    ...trace.attempts.flatMap((attempt, index) => attemptLines(attempt, index + 1)),
  ];
}

function attemptLines(attempt: AttemptRecord, number: number): string[] {
  const { backend, outcome, startedMs, ms: lasted, retry, candidates, others } = attempt;
  const took = lasted === null ? "" : ` after ${ms(lasted)}`;
  const next =
    retry === null
      ? ""
      : retry.isGranted
        ? `, then another one${retry.delayMs === 0 ? "" : ` in ${ms(retry.delayMs)}`}`
        : `, no other: ${retry.reason}`;
  return [
    `  ${number}. at ${ms(startedMs)} ${backend}: ${outcome}${took}${next}`,
    ...candidates.map((candidate) => `     ${candidateText(candidate, backend)}`),
    ...(others === 0 ? [] : [`     … and ${others} more`]),
  ];
}

function candidateText(candidate: CandidateRecord, chosen: string): string {
  const { backend, standing, inFlight, share, score, reason } = candidate;
  const facts = [
    standing,
    `${inFlight} in flight`,
    ...Object.entries(score).map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`),
    ...(share < 1 ? [`slow start ${Math.round(share * 100)} %`] : []),
    ...(reason === undefined ? [] : [reason]),
  ];
  return `${backend === chosen ? ">" : " "} ${backend}: ${facts.join(", ")}`;
}

function ms(milliseconds: number): string {
  return `${milliseconds < 100 ? Number(milliseconds.toPrecision(3)) : Math.round(milliseconds)} ms`;
}

/** What came from a request must not drive the terminal. */
function printable(line: string): string {
  return line.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
