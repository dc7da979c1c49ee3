import { idOfTarget } from "../../engine/open-loop-plan.ts";
import { parseJsonLine, textOf, timeOf } from "./json-fields.ts";

/** One request as a backend saw it. */
export interface BackendSighting {
  readonly id: string;
  readonly backend: string;
  /** When its head arrived, in milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * Reads one line of a backend's ledger (`evenkeel backend --ledger FILE`): an object with the request's
 * `target` and `time`. The id comes from the target, which balancers leave alone. Undefined for requests
 * that are not ours, such as health checks, and for half a line: a killed process may leave one.
 */
export function parseSighting(line: string, backend: string): BackendSighting | undefined {
  const fields = parseJsonLine(line);
  if (fields === undefined) return undefined;
  const id = idOfTarget(textOf(fields, "target", "path", "url") ?? "");
  const atMs = timeOf(fields, "time", "at", "ts");
  return id === undefined || atMs === undefined ? undefined : { id, backend, atMs };
}
