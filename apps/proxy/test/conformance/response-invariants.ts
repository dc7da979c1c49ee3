import { isDeepStrictEqual } from "node:util";
import { show } from "./bench/canary.ts";
import { hashOf } from "./bench/recorder.ts";
import type { ResponseObservation } from "./bench/run-response.ts";
import type { CorpusCase } from "./corpus/corpus.ts";
import { forwardedTrailers } from "./strict/trailers.ts";

/** Nobody else is touched, and what the client got is HTTP. */
export function cleanForOthers({
  failures,
  answered,
  received,
  kind,
}: ResponseObservation): string[] {
  const problems = failures.map((failure) => `I3 ${failure}`);
  const { responses, rest, reason } = answered;
  if (rest === "malformed") problems.push(`I3 the client got ${reason}: ${show(received)}`);
  if (responses.length > 1) problems.push(`I3 several responses to one request: ${show(received)}`);
  if (kind === "relayed" && rest !== "none") {
    problems.push(`I3 bytes behind the response: ${show(received)}`);
  }
  return problems;
}

/** A response is only whole for the client when it was whole and valid for us (rows 14, 83, 84). */
export function neverMended({ kind, offered, answered }: ResponseObservation): string[] {
  if (kind !== "relayed") return [];
  const [theirs] = offered.responses;
  const [ours] = answered.responses;
  if (theirs === undefined) {
    return [`row 84: the client sees a whole ${ours?.status}, the backend sent ${offered.reason}`];
  }
  const isSame =
    theirs.status === ours?.status &&
    theirs.body.equals(ours.body) &&
    isDeepStrictEqual(ours.trailers, forwardedTrailers(theirs, "response"));
  return isSame ? [] : [`row 84: the backend sent ${shape(theirs)}, the client got ${shape(ours)}`];
}

function shape(response: ResponseObservation["answered"]["responses"][number] | undefined): string {
  if (response === undefined) return "nothing";
  const names = response.trailers.map(({ name }) => name).join();
  return `${response.status} ${show(response.body)}${names === "" ? "" : ` trailers ${names}`}`;
}

export function followsResponseLabel(
  { id, expect, tags }: CorpusCase,
  { kind, offered }: ResponseObservation,
  exceptions: ReadonlyMap<string, string>,
): string[] {
  if (expect !== "accept" && expect !== "reject") return [];
  const wanted = (expect === "reject") !== exceptions.has(id) ? "refused" : "relayed";
  if (kind === wanted) return [];
  const isUnfinished = offered.responses.length === 0 && offered.rest === "partial";
  if (tags.includes("incomplete") || isUnfinished) return [];
  return [`I5 ${id} must be ${wanted}, was ${kind}`];
}

/** A 502 and a cut response say the same; which one it is depends on when the head was whole. */
export function responseVerdictOf({ kind, answered }: ResponseObservation): string {
  const [response] = answered.responses;
  const isRelayed = kind === "relayed" && response !== undefined;
  return isRelayed ? `${response.status} ${hashOf(response.body)}` : kind;
}
