import { type RequestMessage, type RequestRun, runRequests } from "./drive-requests.ts";
import { octets } from "./latin1.ts";
import { type LlhttpMessage, type LlhttpRun, knownMethods, runLlhttp } from "./llhttp.ts";
import { randomSplit, seededRandom } from "./pieces.ts";
import { randomRequests } from "./random-requests.ts";
import { requestHeadFaults, trailerFaults } from "./strict-head.ts";

/*
 * Our codec against llhttp, one-sided: what llhttp refuses we never accept, but for the classes
 * below, and what both accept both read alike.
 */

/** What we accept although llhttp does not, with the reason why that is right. */
export const laxerThanLlhttp: Readonly<Record<string, string>> = {
  "unknown method": "row 31: a proxy passes methods that it does not know",
  "chunk extension after a blank": "RFC 9112 7.1.1: white space behind the semicolon is tolerated",
  "framing field in a trailer": "row 13: such a trailer is dropped, so it frames nothing",
  "unread behind the last request": "row 18: after close the rest is never read, so never judged",
  "not whole yet, so not judged": "a line is judged at its end; nothing of it was forwarded",
  "stopped at an upgrade": "llhttp stops at the request; we read on only if there is no 101",
};

export interface Tally {
  runs: number;
  acceptedByBoth: number;
  refusedByBoth: number;
  /** Requests compared in full. */
  compared: number;
  readonly onlyLlhttp: Map<string, number>;
  readonly onlyWe: Map<string, number>;
}

export interface Finding {
  readonly seed: number;
  readonly problem: string;
  readonly text: string;
}

export function emptyTally(): Tally {
  const onlyLlhttp = new Map<string, number>();
  return {
    runs: 0,
    acceptedByBoth: 0,
    refusedByBoth: 0,
    compared: 0,
    onlyLlhttp,
    onlyWe: new Map(),
  };
}

/** One random case; null when nothing is wrong with it. */
export function fuzzOnce(seed: number, tally: Tally): Finding | null {
  const random = seededRandom(seed);
  const text = randomRequests(random);
  const problem = judge(text, random, tally);
  return problem === null ? null : { seed, problem, text };
}

/** What is wrong with how the codec reads this text, or null. */
export function judge(text: string, random: () => number, tally: Tally): string | null {
  const bytes = octets(text);
  const ours = runRequests([bytes]);
  const cut = runRequests(randomSplit(bytes, random));
  if (JSON.stringify(cut) !== JSON.stringify(ours)) return "the events depend on the cut";
  for (const { forwarded, trailers } of ours.messages) {
    const faults = [...requestHeadFaults(forwarded), ...trailerFaults(trailers, "request")];
    if (faults.length > 0)
      return `forwarded head: ${faults.join()} in ${JSON.stringify(forwarded)}`;
  }
  return compare(ours, runLlhttp(bytes), text, tally);
}

function compare(ours: RequestRun, theirs: LlhttpRun, text: string, tally: Tally): string | null {
  tally.runs++;
  for (const [index, message] of ours.messages.entries()) {
    const their = theirs.messages[index];
    if (their === undefined || (message.isComplete && !their.isComplete)) {
      const name = laxness(message, index, theirs, text);
      if (name === null) return `llhttp refuses message ${index}: ${theirs.error ?? "it waits"}`;
      count(tally.onlyWe, name);
      return null;
    }
    const difference = differenceOf(message, their);
    if (difference !== null) return `message ${index}: ${difference}`;
    tally.compared++;
  }
  if (ours.violation === null) return compareEnds(ours, theirs, text, tally);
  if (theirs.error === null) count(tally.onlyLlhttp, ours.violation);
  else tally.refusedByBoth++;
  return null;
}

/** We found no fault; then llhttp may find none but in what we do not read or not yet judge. */
function compareEnds(
  ours: RequestRun,
  theirs: LlhttpRun,
  text: string,
  tally: Tally,
): string | null {
  if (theirs.error === null) {
    tally.acceptedByBoth++;
    return null;
  }
  if (ours.ending === "closed") count(tally.onlyWe, "unread behind the last request");
  else if (ours.ending === "cut") {
    // We judge a line when it ends and a head when it is whole; llhttp may know before.
    const whole = runRequests([octets(`${text}\r\n\r\n`)]);
    for (const [index, message] of whole.messages.entries()) {
      if (!message.isComplete || (theirs.messages[index]?.isComplete ?? false)) continue;
      const name = laxness(message, index, theirs, text);
      if (name === null) return `once whole, we accept what llhttp refuses: ${theirs.error}`;
      count(tally.onlyWe, name);
      return null;
    }
    count(tally.onlyWe, "not whole yet, so not judged");
  } else return `llhttp refuses what we accept: ${theirs.error}`;
  return null;
}

const framingError = /^HPE_INVALID_(?:CONTENT_LENGTH|TRANSFER_ENCODING) /;

/** `index` counts messages; llhttp may have read the head of this one before it refused. */
function laxness(
  message: RequestMessage,
  index: number,
  theirs: LlhttpRun,
  text: string,
): string | null {
  if (theirs.isUpgraded) return "stopped at an upgrade";
  const error = theirs.error ?? "";
  if (!knownMethods.has(message.method)) return "unknown method";
  if (message.kind === "chunked" && /;[\t ]/.test(text) && /chunk/i.test(error)) {
    return "chunk extension after a blank";
  }
  if (message.kind === "chunked" && framingError.test(error)) {
    // Both must have read the same head: a framing line that we had overlooked is no trailer.
    const head = theirs.messages[index]?.fields;
    const isSameHead = JSON.stringify(head) === JSON.stringify(message.fields);
    return isSameHead ? "framing field in a trailer" : null;
  }
  return null;
}

function differenceOf(ours: RequestMessage, theirs: LlhttpMessage): string | null {
  const pairs: readonly (readonly [what: string, our: unknown, their: unknown])[] = [
    ["method", ours.method, theirs.method],
    ["version", ours.minor, theirs.minor],
    ["target", ours.target, originForm(theirs)],
    ["fields", ours.fields, theirs.fields],
    ["body", ours.isComplete ? ours.body : "", ours.isComplete ? theirs.body : ""],
  ];
  for (const [what, our, their] of pairs) {
    if (JSON.stringify(our) !== JSON.stringify(their)) {
      return `${what} is ${JSON.stringify(our)} for us and ${JSON.stringify(their)} for llhttp`;
    }
  }
  return null;
}

function originForm({ method, url }: LlhttpMessage): string {
  const rest = url.replace(/^https?:\/\/[^/?#]*/i, "");
  if (rest === "") return method === "OPTIONS" ? "*" : "/";
  return rest.startsWith("?") ? `/${rest}` : rest;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
