import type { IncomingMessage } from "node:http";
import type { AdminAnswer, AdminChange } from "./admin-answer.ts";

/** A call of the admin API that changed something or cost something, or that was refused. */
export interface AdminCall {
  /** `address:port`, or `unix`. */
  readonly peer: string;
  /** How the caller showed that it may: `none` where admin.token is not set, and of refused strangers. */
  readonly auth: "token" | "none";
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly status: number;
  readonly outcome: "done" | "refused" | "failed";
  /** What was changed, where the call says so. */
  readonly change: AdminChange | null;
  /** Why not, in the words of the answer. */
  readonly detail: string | null;
  /** Refused calls before this one that were too many to be written down one by one. */
  readonly unwritten: number;
}

export interface AuditOptions {
  readonly hasToken: boolean;
  readonly onCall: (call: AdminCall) => void;
  readonly clock: () => number;
}

/** Whoever can reach the listener can be refused; that must not fill a disk. */
const refusalsPerSpan = 20;
const spanMs = 10_000;
const longestPath = 200;

/**
 * Who changed what through the admin API, and who tried. Every change is told; of refusals so many in ten
 * seconds, and then how many there were besides. Reads are told when they were refused as strangers'.
 */
export class Audit {
  readonly #options: AuditOptions;
  #spanStartedAt = -Infinity;
  #inSpan = 0;
  #unwritten = 0;
  #last: AdminCall | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  record(request: IncomingMessage, answer: AdminAnswer): void {
    const { method = "" } = request;
    const isRead = method === "GET" || method === "HEAD" || answer.isQuestion === true;
    if (isRead && answer.change === undefined && !strangers.has(answer.status)) return;
    const call = this.#describe(request, answer);
    if (call.outcome === "done") this.#options.onCall(call);
    else this.#refused(call);
  }

  close(): void {
    this.#flush();
  }

  #refused(call: AdminCall): void {
    const now = this.#options.clock();
    if (now - this.#spanStartedAt >= spanMs) {
      this.#flush();
      this.#spanStartedAt = now;
      this.#inSpan = 0;
    }
    if (this.#inSpan++ < refusalsPerSpan) {
      this.#options.onCall(call);
      return;
    }
    this.#unwritten++;
    this.#last = call;
    this.#timer ??= setTimeout(() => this.#flush(), spanMs).unref();
  }

  /** The last one stands for all that were not told. */
  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const last = this.#last;
    if (last !== null) this.#options.onCall({ ...last, unwritten: this.#unwritten - 1 });
    this.#last = null;
    this.#unwritten = 0;
  }

  #describe(request: IncomingMessage, answer: AdminAnswer): AdminCall {
    const { status, change = null } = answer;
    const [path = ""] = (request.url ?? "").split("?");
    return {
      peer: peerOf(request),
      auth: this.#options.hasToken && !strangers.has(status) ? "token" : "none",
      method: request.method ?? "",
      path: path.slice(0, longestPath).replaceAll(/[^\x21-\x7e]/g, "?"),
      status,
      outcome: status < 400 ? "done" : status < 500 ? "refused" : "failed",
      change,
      detail: status < 400 ? null : detailOf(answer),
      unwritten: 0,
    };
  }
}

/** Answers to those who may not ask at all: without a token, from another site, for another name. */
const strangers: ReadonlySet<number> = new Set([401, 403, 421]);

function peerOf({ socket }: IncomingMessage): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return "unix";
  const host = remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress;
  return `${host}:${remotePort}`;
}

function detailOf({ body }: AdminAnswer): string | null {
  const { detail } = JSON.parse(String(body)) as { readonly detail?: unknown };
  return typeof detail === "string" ? detail : null;
}
