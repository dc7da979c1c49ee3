import { NotApplicable, type Scene, type WireOutcome } from "../scene/scene.ts";
import { valuesOf } from "../wire/message.ts";
import type { Arrival } from "../wire/recorder.ts";
import { type Finding, passIf } from "./check.ts";
import { statusOfFinal } from "./wire-request.ts";

/** A request that should not be taken as it is. */
export interface BadRequest {
  /** A few words for the footnote. */
  readonly name: string;
  readonly send: string;
}

/** What is wrong with what a backend got. */
export interface Offence {
  /** undefined when it does no harm. */
  readonly find: (arrivals: readonly Arrival[]) => string | undefined;
  /** What is to be said of those that reached a backend and did no harm. */
  readonly otherwise: string;
}

/** For offences that a balancer can take out of a request. */
export const madeHarmless = "made harmless instead of refused";

type Fate =
  | { readonly kind: "refused" | "made-harmless" | "unseen" }
  | { readonly kind: "passed-on"; readonly offence: string };

/** Sends each of them; all must be refused, or reach the backend in a form that does no harm. */
export async function judgeBadRequests(
  scene: Scene,
  requests: readonly BadRequest[],
  offence: Offence,
): Promise<Finding> {
  const passedOn: string[] = [];
  const harmless: string[] = [];
  let unseen = 0;
  for (const { name, send } of requests) {
    const fate = fateOf(await scene.exchange({ send, timeoutMs: 1000 }), offence);
    if (fate.kind === "passed-on") passedOn.push(`${name}: ${fate.offence}`);
    if (fate.kind === "made-harmless") harmless.push(name);
    if (fate.kind === "unseen") unseen += 1;
  }
  if (unseen > 0 && passedOn.length === 0) {
    throw new NotApplicable(
      `${unseen} of ${requests.length} were not refused, and nobody can see what reached the backend`,
    );
  }
  const good = requests.length - passedOn.length - unseen;
  const notes = [
    passedOn.join("; "),
    harmless.length === 0 ? "" : `${offence.otherwise}: ${harmless.join(", ")}`,
  ].filter((note) => note !== "");
  return passIf(
    passedOn.length === 0,
    `${good} of ${requests.length}`,
    notes.length === 0 ? undefined : notes.join("; "),
  );
}

function fateOf(outcome: WireOutcome, offence: Offence): Fate {
  const { arrivals } = outcome;
  if (arrivals === undefined) {
    return { kind: statusOfFinal(outcome) >= 400 || isCut(outcome) ? "refused" : "unseen" };
  }
  if (arrivals.length === 0) return { kind: "refused" };
  const found = offence.find(arrivals);
  return found === undefined ? { kind: "made-harmless" } : { kind: "passed-on", offence: found };
}

function isCut({ answer }: WireOutcome): boolean {
  return answer.messages.length === 0 && answer.ending !== "open";
}

/** A backend must not be able to read the message in two ways, nor find a second one in it. */
export const framingOffence: Offence = { find: twoReadings, otherwise: madeHarmless };

function twoReadings(arrivals: readonly Arrival[]): string | undefined {
  const [first, ...others] = arrivals;
  if (others.length > 0) return "a second request came out of it";
  if (first === undefined) return undefined;
  const codings = valuesOf(first, "transfer-encoding");
  const lengths = valuesOf(first, "content-length");
  if (codings.length > 0 && lengths.length > 0) return "arrived with both fields";
  if (codings.length > 0 && codings.join().toLowerCase() !== "chunked") {
    return `arrived with Transfer-Encoding: ${codings.join()}`;
  }
  if (lengths.length > 1 || lengths.some((length) => !/^\d+$/.test(length))) {
    return `arrived with Content-Length: ${lengths.join()}`;
  }
  return undefined;
}

/** For what has no harmless form: whatever arrives whole is wrong. */
export const anyWhole: Offence = {
  find: (arrivals) =>
    arrivals.some(({ isComplete }) => isComplete) ? "taken for a whole request" : undefined,
  otherwise: "refused when the head had gone on, and never finished there",
};
