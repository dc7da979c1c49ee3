import {
  type ClientEntry,
  ClientLedger,
  type ClientLedgerColumns,
} from "../engine/client-ledger.ts";
import type { RequestOutcome } from "../engine/outcome.ts";
import { type Cell, CsvFile } from "./csv-file.ts";

/**
 * The columns of a CSV of requests. Times are milliseconds since the start of the run; `latency_us` counts
 * from `due_ms`, the service time is `ended_ms − sent_ms`. Empty is "did not happen".
 */
export const requestHeadings: readonly string[] = [
  "run",
  "request",
  "method",
  "due_ms",
  "sent_ms",
  "ended_ms",
  "outcome",
  "status",
  "backend",
  "latency_us",
];

/** A request of a closed loop, which is due when it is sent. */
export function outcomeRow(
  outcome: RequestOutcome,
  { method, number, startedAtMs }: { method: string; number: number; startedAtMs: number },
): Cell[] {
  const endedAtMs = outcome.endedAtMs - startedAtMs;
  if (outcome.kind !== "response") {
    const what = outcome.kind === "error" ? outcome.error : "aborted";
    return ["", number, method, null, null, milliseconds(endedAtMs), what, null, null, null];
  }
  const { status, backend = null, latencyMs } = outcome;
  const sentAtMs = milliseconds(endedAtMs - latencyMs);
  const times = [sentAtMs, sentAtMs, milliseconds(endedAtMs)];
  return ["", number, method, ...times, "response", status, backend, Math.round(latencyMs * 1000)];
}

/** Writes every request of open loops, one run after the other. */
export async function writeLedgers(
  file: string,
  runs: readonly { readonly title: string; readonly ledger: ClientLedgerColumns }[],
): Promise<void> {
  const csv = new CsvFile(file, requestHeadings);
  for (const { title, ledger } of runs) {
    for (const entry of new ClientLedger(ledger).entries()) csv.row(entryRow(entry, title));
  }
  await csv.close();
}

function entryRow(entry: ClientEntry, title: string): Cell[] {
  const { index, method, intendedAtMs, sentAtMs, endedAtMs, outcome } = entry;
  const times = [intendedAtMs, sentAtMs, endedAtMs].map(milliseconds);
  const common = [title, index, method, ...times];
  if (outcome.kind !== "response") {
    const what = outcome.kind === "error" ? outcome.error : outcome.kind;
    return [...common, what, null, null, null];
  }
  const latencyUs = Math.round((endedAtMs - intendedAtMs) * 1000);
  return [...common, "response", outcome.status, outcome.backend ?? null, latencyUs];
}

/** A request of a load, `name` of its kind; it is over. */
export function loadRow(entry: ClientEntry, name: string): Cell[] {
  return entryRow(entry, name);
}

/** The columns of {@link loadRow}. */
export const loadHeadings: readonly string[] = ["name", ...requestHeadings.slice(1)];

/** To the microsecond: more digits are noise, and half of the file. */
function milliseconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}
