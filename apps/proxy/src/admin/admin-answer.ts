import { STATUS_CODES } from "node:http";

/** What a call did, for the log: who asks later wants to know what was there before. */
export interface AdminChange {
  /** `server web/b0`, `pool web`. */
  readonly subject: string;
  readonly from: unknown;
  readonly to: unknown;
}

export interface AdminAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  /** Besides those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  /** What it has changed; nothing secret. */
  readonly change?: AdminChange;
  /** The call changed nothing, although it was not a GET. */
  readonly isQuestion?: boolean;
}

type Headers = AdminAnswer["headers"];

export function jsonAnswer(value: unknown, status = 200): AdminAnswer {
  const body = `${JSON.stringify(value)}\n`;
  return { status, contentType: "application/json", body, headers: {} };
}

export function textAnswer(body: string, contentType: string): AdminAnswer {
  return { status: 200, contentType, body, headers: {} };
}

/** The same with more fields. */
export function withHeaders(answer: AdminAnswer, headers: Headers): AdminAnswer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** RFC 9457; `detail` is for people, and repeats nothing that the caller sent. */
export function problemAnswer(status: number, detail: string, headers: Headers = {}): AdminAnswer {
  const title = STATUS_CODES[status] ?? "Error";
  const body = `${JSON.stringify({ type: "about:blank", title, status, detail })}\n`;
  return { status, contentType: "application/problem+json", body, headers };
}

/** The fields of every answer: nothing of it is cached, framed, sniffed or run by a browser. */
export function headersOf(answer: AdminAnswer): Record<string, string> {
  return {
    "Content-Type": answer.contentType,
    "Content-Length": String(Buffer.byteLength(answer.body)),
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...answer.headers,
  };
}
