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
 * Reads a backend's ledger (`evenkeel backend --ledger FILE`), NDJSON with the `target` and `time` of each
 * request; the id comes from the target, which balancers leave alone. With `--ledger-arrivals` a request has
 * two lines, and its arrival is the one that counts: what a kill interrupts has no end. Skips requests that
 * are not ours, such as health checks, and half a line, which a killed process may leave.
 */
export function parseBackendLedger(text: string, backend: string): BackendSighting[] {
  const lines = text
    .split("\n")
    .map(parseJsonLine)
    .filter((fields) => fields !== undefined);
  const arrivals = lines.filter((fields) => fields["event"] === "arrived");
  return (arrivals.length > 0 ? arrivals : lines)
    .map((fields) => sightingOf(fields, backend))
    .filter((sighting) => sighting !== undefined);
}

function sightingOf(
  fields: Readonly<Record<string, unknown>>,
  backend: string,
): BackendSighting | undefined {
  const id = idOfTarget(textOf(fields, "target", "path", "url") ?? "");
  const atMs = timeOf(fields, "time", "at", "ts");
  return id === undefined || atMs === undefined ? undefined : { id, backend, atMs };
}
