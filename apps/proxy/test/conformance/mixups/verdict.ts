import { hashOf } from "../bench/recorder.ts";
import { show } from "../bench/canary.ts";
import { type Fields, valuesOf } from "../strict/grammar.ts";
import type { StrictResponse } from "../strict/response.ts";
import { isChunked, requestBodyOf, responseBodyOf, targetOf } from "./oracle.ts";

export interface Asked {
  readonly id: string;
  readonly method: string;
  readonly version: "1.0" | "1.1";
}

export interface Verdict {
  readonly outcome: string;
  /** Why the response is not this request's, or null. */
  readonly wrong: string | null;
}

/** Whether a whole response belongs to the request that it answers. */
export function verdictOn(asked: Asked, response: StrictResponse): Verdict {
  const { status, fields, body } = response;
  if (isOurError(fields)) {
    const isExpected = status === 502 || status === 503 || status === 504;
    return { outcome: `${status} of ours`, wrong: isExpected ? null : `${status} of ours` };
  }
  const outcome = `${status} of a backend`;
  const wrong =
    wrongEcho(asked, fields) ??
    wrongTrailer(asked, response) ??
    (status === 204 ? wrongBody(Buffer.alloc(0), body) : wrongBody(expectedBody(asked), body));
  return { outcome, wrong };
}

/** An interim response must be of a request that this client still waits for. */
export function isOwnInterim(asked: readonly Asked[], { fields }: StrictResponse): boolean {
  return asked.some(({ id }) => id === valuesOf(fields, "x-echo").join());
}

function expectedBody({ id, method }: Asked): Buffer {
  return method === "HEAD" ? Buffer.alloc(0) : responseBodyOf(id);
}

export function bodyToSend({ id, method }: Asked): Buffer {
  return method === "POST" || method === "PUT" ? requestBodyOf(id) : Buffer.alloc(0);
}

/** With the id as a trailer. */
export function isSentInChunks({ id, method, version }: Asked): boolean {
  return version === "1.1" && (method === "POST" || method === "PUT") && isChunked(id);
}

function wrongEcho(asked: Asked, fields: Fields): string | null {
  const echoed = valuesOf(fields, "x-echo").join();
  if (echoed !== asked.id) return `response of ${echoed || "nobody"}`;
  const seen = valuesOf(fields, "x-echo-request").join();
  const sum = isSentInChunks(asked) ? asked.id : "none";
  const sent = `${asked.method} ${targetOf(asked.id)} ${hashOf(bodyToSend(asked))} ${sum}`;
  return seen === sent || seen === "early" ? null : `the backend saw ${seen}, sent was ${sent}`;
}

/** A trailer that was announced comes, and none comes that is another's. */
function wrongTrailer({ id, method }: Asked, { fields, trailers }: StrictResponse): string | null {
  const isDue = method !== "HEAD" && valuesOf(fields, "trailer").length > 0;
  const sum = valuesOf(trailers, "x-sum").join();
  return sum === (isDue ? id : "") ? null : `trailer of ${sum || "nobody"}`;
}

function wrongBody(expected: Buffer, body: Buffer): string | null {
  if (body.equals(expected)) return null;
  return `body of ${body.length} bytes, not ${expected.length}: ${show(body.subarray(0, 80))}`;
}

function isOurError(fields: Fields): boolean {
  return valuesOf(fields, "proxy-status").some((value) => value.startsWith("evenkeel;"));
}
