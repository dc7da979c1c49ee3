import type { Exchange } from "./exchange.ts";

/**
 * How a request ended. `answered`: the whole response was handed to the system. `hung`: a fault never
 * answered it, and the client gave up or this backend ended. `reset-by-us`, `closed-by-us`: this backend
 * cut it, by RST or FIN, before its response was whole, or answered bytes that are no valid response.
 */
export const endings = [
  "answered",
  "aborted-by-client",
  "reset-by-us",
  "closed-by-us",
  "hung",
] as const;
export type Ending = (typeof endings)[number];

/** Tells it once the response or its connection has closed. */
export function endingOf({ response, connection, isHung }: Exchange): Ending {
  if (response.writableFinished) return "answered";
  if (isHung) return "hung";
  return connection.endedAs ?? "aborted-by-client";
}
