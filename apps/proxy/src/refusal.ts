import type { ProxyError } from "./proxy-error.ts";

/** Why a request is answered here, in the words of the answer. */
export interface Refusal {
  readonly status: number;
  readonly error: ProxyError;
  readonly detail: string;
  /** Whole seconds, with 503 only; 1 when left out. */
  readonly retryAfterSeconds?: number;
}
