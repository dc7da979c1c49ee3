import { STATUS_CODES } from "node:http";
import type { ProxyError } from "./proxy-error.ts";

/** A response of our own: RFC 9457 body, RFC 9209 field, nothing of the request reflected. */
export interface ErrorResponse {
  readonly status: number;
  readonly error: ProxyError;
  readonly detail: string;
  readonly requestId: string;
  /** HTTP date. */
  readonly date: string;
  readonly isHead: boolean;
  /** Whole seconds, with 503 only; 1 when left out. */
  readonly retryAfterSeconds?: number | undefined;
  readonly closes: boolean;
}

export function errorResponseText(response: ErrorResponse): string {
  const { status, error, detail, requestId, date, closes, isHead } = response;
  const { retryAfterSeconds = 1 } = response;
  const title = STATUS_CODES[status] ?? "Error";
  const problem = { type: "about:blank", title, status, detail, error, requestId };
  const body = `${JSON.stringify(problem)}\n`;
  return (
    `HTTP/1.1 ${status} ${title}\r\nDate: ${date}\r\nContent-Type: application/problem+json\r\n` +
    `Content-Length: ${body.length}\r\nCache-Control: no-store\r\n` +
    `Proxy-Status: evenkeel; error=${error}\r\n` +
    (status === 405 ? "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" : "") +
    (status === 503 ? `Retry-After: ${retryAfterSeconds}\r\n` : "") +
    (closes ? "Connection: close\r\n\r\n" : "\r\n") +
    (isHead ? "" : body)
  );
}
