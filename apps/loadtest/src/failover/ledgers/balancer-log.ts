import { idOfTarget } from "../../engine/open-loop-plan.ts";
import { numberOf, parseJsonLine, textOf, timeOf } from "./json-fields.ts";

/** One request as the balancer's access log has it. Times are milliseconds since 1970. */
export interface BalancerRecord {
  readonly id: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly status: number;
  /** Who answered; undefined when nobody did, or when the log does not say. */
  readonly backend: string | undefined;
  /** Tries on backends, 0 when no backend was asked; undefined when the log does not say. */
  readonly attempts: number | undefined;
  /** The balancer's own word for what went wrong. */
  readonly error: string | undefined;
}

/**
 * Reads one line of a JSON access log: Evenkeel's, or any other that has the target (`path`, `uri`,
 * `request_uri` or `request`), `time` and `status`. nginx names every backend it tried in `upstream_addr`,
 * with commas between, and that gives the attempts. Undefined for lines about other requests than ours.
 */
export function parseBalancerRecord(line: string): BalancerRecord | undefined {
  const fields = parseJsonLine(line);
  if (fields === undefined) return undefined;
  const id = idOfTarget(targetOf(fields));
  const endedAtMs = timeOf(fields, "time", "msec", "ts");
  if (id === undefined || endedAtMs === undefined) return undefined;
  const tried = triedBackends(fields);
  return {
    id,
    endedAtMs,
    startedAtMs: endedAtMs - durationOf(fields),
    status: numberOf(fields, "status") ?? 0,
    backend: textOf(fields, "backend") ?? tried?.at(-1),
    attempts: numberOf(fields, "attempts") ?? tried?.length,
    error: textOf(fields, "error"),
  };
}

function targetOf(fields: Readonly<Record<string, unknown>>): string {
  const target = textOf(fields, "path", "uri", "request_uri", "target");
  // `request` is a whole request line: GET /?id=x-1 HTTP/1.1
  return target ?? textOf(fields, "request")?.split(" ")[1] ?? "";
}

function durationOf(fields: Readonly<Record<string, unknown>>): number {
  return numberOf(fields, "latency_ms") ?? (numberOf(fields, "request_time") ?? 0) * 1000;
}

function triedBackends(fields: Readonly<Record<string, unknown>>): string[] | undefined {
  const tried = textOf(fields, "upstream_addr");
  if (tried === undefined) return undefined;
  return tried === "" || tried === "-" ? [] : tried.split(/\s*,\s*|\s+:\s+/);
}
