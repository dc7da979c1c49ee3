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
  /** Whole seconds; where it is left out, 503 says 1 and other answers nothing. */
  readonly retryAfterSeconds?: number | undefined;
  /** With 405; where it is left out, what is taken anywhere. */
  readonly allow?: string | undefined;
  /** Members of the problem document above those that every one has. */
  readonly problem?: Readonly<Record<string, unknown>> | undefined;
  /** Further field lines, whole. */
  readonly fields?: string | undefined;
  readonly closes: boolean;
}

export function errorResponseText(response: ErrorResponse): string {
  const { status, error, detail, requestId, date, closes, isHead } = response;
  const { retryAfterSeconds = status === 503 ? 1 : null, fields = "" } = response;
  const { allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" } = response;
  const title = STATUS_CODES[status] ?? "Error";
  const common = { type: "about:blank", title, status, detail, error, requestId };
  const body = `${JSON.stringify({ ...common, ...response.problem })}\n`;
  return (
    `HTTP/1.1 ${status} ${title}\r\nDate: ${date}\r\nContent-Type: application/problem+json\r\n` +
    `Content-Length: ${body.length}\r\nCache-Control: no-store\r\n` +
    `Proxy-Status: evenkeel; error=${error}\r\n` +
    (status === 405 ? `Allow: ${allow}\r\n` : "") +
    (retryAfterSeconds === null ? "" : `Retry-After: ${retryAfterSeconds}\r\n`) +
    fields +
    (closes ? "Connection: close\r\n\r\n" : "\r\n") +
    (isHead ? "" : body)
  );
}
