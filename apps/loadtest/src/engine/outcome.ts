/**
 * Why a request got no complete response.
 *
 * - `refused`: nobody listens at the address
 * - `reset`: the peer tore the connection down (RST)
 * - `timeout`: no complete response in time, connecting included
 * - `closed-early`: the peer closed (FIN) before or in the middle of the response
 * - `malformed`: what came is not one HTTP/1.1 response
 * - `mismatch`: a complete response with another body than the expected one
 * - `other`: anything else (DNS, no route, no local ports); the system's code says what
 */
export const errorKinds = [
  "refused",
  "reset",
  "timeout",
  "closed-early",
  "malformed",
  "mismatch",
  "other",
] as const;

/** One of {@link errorKinds}. */
export type ErrorKind = (typeof errorKinds)[number];

/**
 * What happened to one request. Every request that was sent has exactly one outcome.
 * `endedAtMs` is monotonic (`performance.now`); latency runs from writing the request to the last byte.
 */
export type RequestOutcome =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly backend: string | undefined;
      readonly latencyMs: number;
      readonly endedAtMs: number;
    }
  | {
      readonly kind: "error";
      readonly error: ErrorKind;
      /** The system's code, such as `ECONNREFUSED`, where there was one. */
      readonly code: string | undefined;
      readonly endedAtMs: number;
    }
  | { readonly kind: "aborted"; readonly endedAtMs: number };

const kindOfCode: Readonly<Record<string, ErrorKind>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
};

/** The kind of a connection that ended: by a system error with `code`, or by a plain close without one. */
export function classifyConnectionEnd(code: string | undefined): ErrorKind {
  if (code === undefined) return "closed-early";
  return kindOfCode[code] ?? "other";
}
