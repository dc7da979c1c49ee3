import type { AccessLogConfig } from "@evenkeel/config";
import type { Exchange } from "../exchange.ts";

const flushChars = 64 * 1024;

/**
 * One record per request, collected as text and handed over in batches: at the latest every
 * `flushIntervalMs`, which the thread's timer sees to.
 */
export class AccessLog {
  static readonly flushIntervalMs: number = 100;
  #format: ((exchange: Exchange, endedAt: number, time: string) => string) | null;
  readonly #write: (lines: string) => void;
  readonly #wallClock: () => number;
  #lines = "";
  #timeMs = -1;
  #timeText = "";
  wantsClientFields: boolean;

  constructor(
    format: AccessLogConfig["format"],
    wallClock: () => number,
    write: (lines: string) => void,
  ) {
    this.#format = formats[format];
    this.#wallClock = wallClock;
    this.#write = write;
    this.wantsClientFields = format === "combined";
  }

  /** The configuration changed: from the next record on. */
  follow({ format }: AccessLogConfig): void {
    this.#format = formats[format];
    this.wantsClientFields = format === "combined";
  }

  /** `endedAt` is on the monotonic clock of `exchange.startedAt`. */
  record(exchange: Exchange, endedAt: number): void {
    if (this.#format === null) return;
    this.#lines += this.#format(exchange, endedAt, this.#time());
    if (this.#lines.length >= flushChars) this.flush();
  }

  flush(): void {
    if (this.#lines === "") return;
    const lines = this.#lines;
    this.#lines = "";
    this.#write(lines);
  }

  #time(): string {
    const now = this.#wallClock();
    if (now !== this.#timeMs) {
      this.#timeMs = now;
      this.#timeText = new Date(now).toISOString();
    }
    return this.#timeText;
  }
}

const formats: Readonly<
  Record<
    AccessLogConfig["format"],
    ((exchange: Exchange, endedAt: number, time: string) => string) | null
  >
> = { json: jsonRecord, common: commonRecord, combined: combinedRecord, off: null };

function jsonRecord(exchange: Exchange, endedAt: number, time: string): string {
  const { pool, lease, error, host } = exchange;
  return (
    `{"time":"${time}","client_ip":"${exchange.clientAddress}","method":"${exchange.method}",` +
    `"path":${quoted(exchange.target)},"status":${exchange.status},` +
    `"latency_ms":${(endedAt - exchange.startedAt).toFixed(3)},` +
    `"pool":${pool === null ? "null" : quoted(pool.config.name)},` +
    `"backend":${lease === null ? "null" : quoted(lease.backend.id)},` +
    `"attempts":${exchange.attempts},"bytes_in":${exchange.bytesIn},"bytes_out":${exchange.bytesOut},` +
    `"request_id":"${exchange.requestId}","error":${error === null ? "null" : `"${error}"`},` +
    // A valid host holds nothing that JSON would escape.
    `"host":${host === null ? "null" : `"${host}"`}}\n`
  );
}

// A target holds visible ASCII only, so there is something to escape only when one of these is in it.
function quoted(text: string): string {
  return text.includes('"') || text.includes("\\") ? JSON.stringify(text) : `"${text}"`;
}

function commonRecord(exchange: Exchange, _endedAt: number, time: string): string {
  return `${commonLine(exchange, time)}\n`;
}

function combinedRecord(exchange: Exchange, _endedAt: number, time: string): string {
  const { referer, userAgent } = exchange;
  return `${commonLine(exchange, time)} ${field(referer)} ${field(userAgent)}\n`;
}

function commonLine(exchange: Exchange, time: string): string {
  const request = escaped(`${exchange.method} ${exchange.target} HTTP/1.${exchange.clientMinor}`);
  const bytes = exchange.bytesOut === 0 ? "-" : exchange.bytesOut;
  return `${exchange.clientAddress} - - [${clfTime(time)}] "${request}" ${exchange.status} ${bytes}`;
}

function field(value: string): string {
  return value === "" ? '"-"' : `"${escaped(value)}"`;
}

// What Apache and nginx do: a quote, a backslash or a byte outside ASCII cannot end the field.
function escaped(text: string): string {
  return text.replace(/["\\\x00-\x1f\x7f-\xff]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;
  });
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function clfTime(iso: string): string {
  const month = months[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
