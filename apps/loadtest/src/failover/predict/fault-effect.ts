/**
 * What a fault does to one request that reaches the victim, as the balancer meets it:
 *
 * - `refused`: no connection, at once; nothing was sent, so any method may be tried elsewhere
 * - `reset`: the connection breaks before a response; idempotent requests may be tried elsewhere
 * - `cut`: it breaks inside the response; nothing can be repeated
 * - `error`: a complete response with a status of 5xx
 * - `no-response`: connected, and never an answer: it takes the response timeout to notice
 * - `slow`: a good response, late
 */
export type RequestEffect = "refused" | "reset" | "cut" | "error" | "no-response" | "slow";

/** What it does to one active check: `as-traffic` where it depends on what the check asks for. */
export type CheckEffect = "fails" | "times-out" | "passes" | "as-traffic";

/** A fault as seen by the balancer. */
export interface FaultEffect {
  readonly request: RequestEffect;
  readonly check: CheckEffect;
}

/** Whether the balancer counts it as a failure of the backend. */
export function countsAsFailure({ request }: FaultEffect): boolean {
  return request !== "slow";
}
