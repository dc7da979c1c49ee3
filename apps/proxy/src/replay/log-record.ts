import { isIP } from "node:net";

/** What a replay needs of one access record. */
export interface LogRecord {
  /** When the request began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The peer's, as the log has it. */
  readonly clientIp: string;
  readonly method: string;
  readonly target: string;
  /** null: the request named none; undefined: the log does not say. */
  readonly host: string | null | undefined;
}

export type ReadRecord =
  | { readonly ok: true; readonly record: LogRecord }
  /** In a few words, the same for all lines with this fault. */
  | { readonly ok: false; readonly reason: string };

/** A line of the json access log; lines of other programs may stand between them. */
export function readRecord(line: string): ReadRecord {
  const fields = objectIn(line);
  if (typeof fields === "string") return unused(fields);
  const { time, method, path: target } = fields;
  if (typeof method !== "string" || typeof target !== "string" || typeof time !== "string") {
    return unused("not an access record");
  }
  if (method === "" || target === "") return unused("a request that could not be read");
  if (!isLine(method) || !isLine(target)) return unused("a request that could not be sent");
  const startedAt = startOf(time, fields["latency_ms"]);
  if (startedAt === null) return unused("no usable time");
  const clientIp = fields["client_ip"];
  if (!isClient(clientIp)) return unused("no usable client_ip");
  const { host } = fields;
  if (!isHost(host)) return unused("no usable host");
  return { ok: true, record: { startedAt, clientIp, method, target, host } };
}

/** What is wrong as text. */
function objectIn(line: string): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "not JSON";
  }
  if (typeof value !== "object" || value === null) return "not an access record";
  return value as Readonly<Record<string, unknown>>;
}

/** A record says when its request ended, and how long it took. */
function startOf(time: string, latencyMs: unknown = 0): number | null {
  const endedAt = Date.parse(time);
  return Number.isNaN(endedAt) || typeof latencyMs !== "number" ? null : endedAt - latencyMs;
}

function isClient(value: unknown): value is string {
  return typeof value === "string" && (isIP(value) !== 0 || value === "unix");
}

function isHost(value: unknown): value is string | null | undefined {
  if (value === undefined || value === null) return true;
  return typeof value === "string" && isLine(value);
}

function unused(reason: string): ReadRecord {
  return { ok: false, reason };
}

/** Visible bytes alone: nothing that would begin another word or line of a head. */
function isLine(text: string): boolean {
  return /^[\x21-\x7e\x80-\xff]+$/.test(text);
}
