/**
 * Why an attempt ended without a usable response. `connect`: no connection (DNS, refused, TLS).
 * `reset`: the connection ended before a response byte. `timeout`: of connecting or of the response.
 * `protocol`: the backend sent bytes that are no valid response.
 */
export type FailureCause = "connect" | "reset" | "timeout" | "protocol";

/** What happened to one attempt. */
export type Outcome =
  | {
      readonly kind: "response";
      /** The final status code, 200 to 599. */
      readonly status: number;
      /** From the attempt's start to the end of the response, or of what was wanted of it, in milliseconds. */
      readonly latencyMs: number;
    }
  | {
      readonly kind: "failure";
      readonly cause: FailureCause;
      /**
       * False only when the backend cannot have seen the request: no byte was written, or HTTP/2 said so
       * (REFUSED_STREAM, GOAWAY below our stream). `socket.bytesWritten` is no proof of it.
       */
      readonly sent: boolean;
    }
  /** The client went away or we gave up; never evidence against the backend. */
  | { readonly kind: "canceled" };

/** The backend was sent the request, or may have been, and had its whole time for an answer. */
export function isResponseTimeout(outcome: Outcome): boolean {
  return outcome.kind === "failure" && outcome.cause === "timeout" && outcome.sent;
}

/**
 * Says that the backend could not do its work: 429 and 5xx, but 501 and 505, which speak of the
 * request (HAProxy's `observe layer7`).
 */
export function isFailureStatus(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * Whether it counts towards a row of failures. 429 says that the backend works and has enough; alone it
 * must not take the backend away from those who are still served (linkerd2-proxy).
 */
export function isBreakingStatus(status: number): boolean {
  return status !== 429 && isFailureStatus(status);
}
