import { NotApplicable, type Scene, type WireOutcome } from "../scene/scene.ts";
import { statusOf, valuesOf, type WireMessage } from "../wire/message.ts";
import type { Arrival } from "../wire/recorder.ts";

/** Test-backends tell here what arrived, so that it is known even where no recorder can stand. */
export const target = "/echo";

/** A request as text: HTTP/1.1 to `lab.test` unless the lines say otherwise. */
export function wireRequest(
  requestLine: string,
  fields: readonly string[] = [],
  body = "",
): string {
  return `${[requestLine, "Host: lab.test", ...fields].join("\r\n")}\r\n\r\n${body}`;
}

/** A GET of {@link target} as text. */
export function wireGet(...fields: readonly string[]): string {
  return wireRequest(`GET ${target} HTTP/1.1`, fields);
}

/** The first final response; undefined when none came. */
export function finalOf({ answer }: Pick<WireOutcome, "answer">): WireMessage | undefined {
  return answer.messages.find((message) => statusOf(message) >= 200);
}

/** Its status; 0 when none came. */
export function statusOfFinal(outcome: Pick<WireOutcome, "answer">): number {
  const final = finalOf(outcome);
  return final === undefined ? 0 : statusOf(final);
}

/**
 * The one request that reached the backend.
 *
 * @throws NotApplicable where nobody can look.
 */
export function arrivalOf({ arrivals }: WireOutcome): Arrival | undefined {
  if (arrivals === undefined) throw new NotApplicable("nobody can see what reached the backend");
  return arrivals[0];
}

/** Sends a well-formed request with these fields and gives what the backend got; fails loudly without one. */
export async function arrivalFor(
  scene: Scene,
  ...fields: readonly string[]
): Promise<Arrival | { readonly refusedWith: number }> {
  const outcome = await scene.exchange({ send: wireGet(...fields) });
  return arrivalOf(outcome) ?? { refusedWith: statusOfFinal(outcome) };
}

/** Every value of the field in the request, in order. */
export function arrived(arrival: Arrival, name: string): string[] {
  return valuesOf(arrival, name);
}
