import type { BalancerEvent } from "../judge/measure.ts";
import { parseJsonLine, textOf, timeOf } from "../ledgers/json-fields.ts";

/**
 * Reads one line of Evenkeel's event log: a change of a backend's status has `backend`, `from` and `to`.
 * Undefined for every other line, and where only the breaker moved.
 */
export function parseBalancerEvent(line: string): BalancerEvent | undefined {
  const fields = parseJsonLine(line);
  if (fields === undefined) return undefined;
  const backend = textOf(fields, "backend");
  const from = textOf(fields, "from");
  const to = textOf(fields, "to");
  const atMs = timeOf(fields, "time");
  if (backend === undefined || from === undefined || to === undefined) return undefined;
  return atMs === undefined || from === to ? undefined : { atMs, backend, from, to };
}
