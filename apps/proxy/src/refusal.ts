import type { ProxyError } from "./proxy-error.ts";

/** Why a request is answered here, in the words of the answer. */
export interface Refusal {
  readonly status: number;
  readonly error: ProxyError;
  readonly detail: string;
  /** Whole seconds; where it is left out, 503 says 1 and other answers nothing. */
  readonly retryAfterSeconds?: number;
  /** With 405: what may be used instead; where it is left out, what the balancer takes anywhere. */
  readonly allow?: string;
  /** Members of the problem document above those that every one has. */
  readonly problem?: Readonly<Record<string, unknown>>;
}
