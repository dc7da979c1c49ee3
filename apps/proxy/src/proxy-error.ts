import type { FailureCause } from "@evenkeel/core";
import type { Refusal } from "./refusal.ts";

/**
 * What went wrong, in the words of the Proxy-Status registry (RFC 9209 2.3), so that log, field and
 * problem document say the same. Words of our own: `http_request_timeout`; `rate_limited` and
 * `concurrency_limited`, because who has to wait is not who is denied; and `client_aborted`, which never goes on the wire.
 */
export type ProxyError =
  | "destination_not_found"
  | "destination_unavailable"
  | "connection_refused"
  | "connection_terminated"
  | "connection_timeout"
  | "dns_error"
  | "destination_ip_unroutable"
  | "http_response_timeout"
  | "http_response_incomplete"
  | "http_protocol_error"
  | "http_request_error"
  | "http_request_timeout"
  | "http_request_denied"
  | "rate_limited"
  | "concurrency_limited"
  | "connection_limit_reached"
  | "proxy_internal_error"
  | "proxy_loop_detected"
  | "client_aborted";

/** How one attempt failed: what the balancer learns, and what the client is told if it was the last. */
export interface AttemptFailure extends Refusal {
  readonly cause: FailureCause;
  readonly status: 502 | 503 | 504;
}
