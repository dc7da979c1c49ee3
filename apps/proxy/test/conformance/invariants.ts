import { isDeepStrictEqual } from "node:util";
import { show } from "./bench/canary.ts";
import type { ProxyUnderTest } from "./bench/proxy-under-test.ts";
import type { RecordedRequest } from "./bench/recorder.ts";
import type { Observation } from "./bench/run-request.ts";
import type { CorpusCase } from "./corpus/corpus.ts";
import { valuesOf } from "./strict/grammar.ts";
import { backendProfile, identityOf } from "./strict/profiles.ts";
import { type BegunRequest, type RequestHead, parseRequests } from "./strict/request.ts";
import { forwardedTrailers } from "./strict/trailers.ts";

/*
 * security.md 2.3. Each invariant returns what is wrong, one sentence each, and nothing when it holds.
 */

/** Bytes arriving at the backend parse under a strict grammar. */
export function strictAtTheBackend({ recording, late }: Observation): string[] {
  const violations = [...recording.violations, ...late.violations];
  return violations.map((violation) => `I1 the backend got ${violation}`);
}

/** The backend sees no request that the input does not hold, in its order, unchanged. */
export function noRequestInvented({ asked, requests }: Observation): string[] {
  let next = 0;
  return requests.flatMap((request) => {
    const at = asked.requests.findIndex((own, index) => index >= next && isSame(own, request));
    if (at === -1) {
      const shown = `${identityOf(request)} with ${sizeOf(request)}`;
      return [`I2 the backend saw ${shown}, which the input does not hold (${describe(asked)})`];
    }
    next = at + 1;
    return [];
  });
}

function sizeOf({ body, trailers }: RecordedRequest): string {
  const names = trailers.map(({ name }) => name).join();
  return `${body.length} body bytes${names === "" ? "" : ` and trailers ${names}`}`;
}

function isSame(own: Observation["asked"]["requests"][number], seen: RecordedRequest): boolean {
  const trailers = forwardedTrailers(own, "request");
  return (
    isSameHead(own, seen) &&
    own.body.equals(seen.body) &&
    isDeepStrictEqual(seen.trailers, trailers)
  );
}

function isSameHead(own: RequestHead, seen: RequestHead): boolean {
  // An HTTP/1.0 request may come without Host; the proxy then names itself.
  const named = own.host === null ? { ...own, host: seen.host } : own;
  return identityOf(named) === identityOf(seen);
}

function describe({ requests, rest, reason }: Observation["asked"]): string {
  return `${requests.length} requests, then ${rest === "malformed" ? reason : rest}`;
}

/** What was routed and logged is what the backend saw; the id joins the two. */
export function loggedAsForwarded(
  proxy: Pick<ProxyUnderTest, "log">,
  requests: readonly RecordedRequest[],
): string[] {
  const records = new Map(proxy.log.map((record) => [record.request_id, record]));
  return requests.flatMap(({ method, target, fields }) => {
    const [id = ""] = valuesOf(fields, "x-request-id");
    const record = records.get(id);
    if (record === undefined) return [`I2 ${method} ${target} (${id}) is not in the access log`];
    const isEqual = record.method === method && record.path === target && record.pool === "main";
    return isEqual ? [] : [`I2 logged ${JSON.stringify(record)}, forwarded ${method} ${target}`];
  });
}

/** The client gets one answer per accepted request, in order, and nothing else; so does a stranger. */
export function answersInOrder({
  answered,
  ending,
  requests,
  failures,
  received,
}: Observation): string[] {
  const problems = failures.map((failure) => `I3 ${failure}`);
  const isCut = answered.rest !== "none";
  if (isCut) problems.push(`I3 the client got ${answered.reason} (${ending}): ${show(received)}`);
  const blamed = answered.responses.find(({ status }) => status >= 502 && status <= 504);
  if (blamed !== undefined) problems.push(`I3 ${blamed.status} although the backend is well`);
  const accepted = answered.responses.filter(({ status }) => status === 200);
  const ids = accepted.flatMap(({ fields }) => valuesOf(fields, "x-recorder-id"));
  const expected = requests.map(({ id }) => id);
  if (ids.join() !== expected.join()) {
    problems.push(`I3 answers ${ids.join() || "none"} for requests ${expected.join() || "none"}`);
  }
  return problems;
}

/** A rejected request gets one error, the connection ends, and no backend has anything of it. */
export function rejectionEnds(observation: Observation): string[] {
  const { answered, ending, late } = observation;
  const problems: string[] = [];
  const statuses = answered.responses.map(({ status }) => status);
  const firstError = statuses.findIndex(isRejection);
  if (firstError !== -1) {
    if (firstError !== statuses.length - 1)
      problems.push(`I4 answers after an error: ${statuses.join()}`);
    if (ending === "open") problems.push(`I4 ${statuses.at(-1)} left the connection open`);
  }
  for (const { bytes, rest, isClosed } of late.leftovers) {
    if (!isClosed) problems.push(`I4 the backend still waits for the rest of ${show(bytes)}`);
    else if (rest === "partial-head")
      problems.push(`I4 a torn head at the backend: ${show(bytes)}`);
  }
  return [...problems, ...begunAsSent(observation)];
}

/**
 * A body may break behind a valid head that was already forwarded. What the backend then has is that
 * one request, with its framing, and of its content nothing but a beginning of what was sent.
 */
function begunAsSent({ asked, recording, late }: Observation): string[] {
  const leftovers = [...recording.leftovers, ...late.leftovers];
  const connections = new Set(leftovers.map(({ connection }) => connection)).size;
  const several = `I4 ${connections} unfinished requests of one client at the backend`;
  const problems = connections > 1 ? [several] : [];
  for (const { bytes, rest } of leftovers) {
    // A torn head and bytes that break the grammar are reported for what they are.
    if (rest !== "partial-body") continue;
    const { begun } = parseRequests(bytes, backendProfile);
    if (asked.begun === null) {
      problems.push(`I4 bytes of a refused request reached the backend: ${show(bytes)}`);
    } else if (begun === null || !isBeginningOf(begun, asked.begun)) {
      problems.push(`I4 the backend got the beginning of what was not sent: ${show(bytes)}`);
    }
  }
  return problems;
}

function isBeginningOf(seen: BegunRequest, own: BegunRequest): boolean {
  const isFramedAlike = isDeepStrictEqual(seen.framing, own.framing);
  const beginning = own.content.subarray(0, seen.content.length);
  return isSameHead(own, seen) && isFramedAlike && beginning.equals(seen.content);
}

/** 502 to 504 speak of the backend, not of the request. */
function isRejection(status: number): boolean {
  return status >= 400 && (status < 502 || status > 504);
}

export type Outcome = "accepted" | "refused" | "silent";

export function outcomeOf({ answered, ending, requests }: Observation): Outcome {
  if (requests.length > 0 || answered.responses.some(({ status }) => status < 400))
    return "accepted";
  return answered.responses.length > 0 || ending !== "open" ? "refused" : "silent";
}

/** Everything that holds for any input, labelled or not. */
export function brokenInvariants(
  observation: Observation,
  proxy: Pick<ProxyUnderTest, "faults">,
): string[] {
  return [
    ...strictAtTheBackend(observation),
    ...noRequestInvented(observation),
    ...answersInOrder(observation),
    ...rejectionEnds(observation),
    ...stillAlive(proxy),
  ];
}

/** The label of the corpus; for the exceptions, where our policy differs, its opposite. */
export function followsLabel(
  { id, expect, tags }: CorpusCase,
  observation: Observation,
  exceptions: ReadonlyMap<string, string>,
): string[] {
  if (expect !== "accept" && expect !== "reject") return [];
  const mayWait = tags.includes("incomplete") || observation.asked.rest.startsWith("partial");
  const outcome = outcomeOf(observation);
  if (outcome === "silent") return mayWait ? [] : [`I5 ${id} got no answer`];
  const isRefused = outcome === "refused" || refusesTheRest(observation);
  const wanted = (expect === "reject") !== exceptions.has(id) ? "refused" : "accepted";
  if (wanted === "refused" ? isRefused : outcome === "accepted") return [];
  return [`I5 ${id} must be ${wanted}, got ${statusesOf(observation)}`];
}

/** A valid request stands before what must be refused: it is served, and the connection ends. */
function refusesTheRest({ asked, ending }: Observation): boolean {
  return ending !== "open" && (asked.rest === "malformed" || asked.rest === "after-close");
}

export function statusesOf({ answered }: Observation): string {
  return answered.responses.map(({ status }) => status).join() || "nothing";
}

/** Nothing died and nothing was left unhandled. */
export function stillAlive({ faults }: Pick<ProxyUnderTest, "faults">): string[] {
  return faults.map((fault) => `I6 ${fault}`);
}

/** What HAProxy and nginx both refuse, Evenkeel refuses. */
export function refusesLikeBothReferences(
  id: string,
  observation: Observation,
  refused: ReadonlySet<string>,
  exceptions: ReadonlyMap<string, string>,
): string[] {
  if (!refused.has(id) || exceptions.has(id)) return [];
  const outcome = outcomeOf(observation);
  return outcome === "refused" ? [] : [`I7 both references refuse ${id}, Evenkeel: ${outcome}`];
}

/** Statuses, close, and complete requests at the backend: what no way of writing may change. */
export function verdictOf({ answered, ending, requests }: Observation): string {
  const statuses = answered.responses.map(({ status }) => status).join(" ");
  const shape = requests.map((own) => `${identityOf(own)} +${sizeOf(own)}`).join(" | ");
  return `[${statuses}] ${ending === "open" ? "open" : "closed"} backend: ${shape || "nothing"}`;
}
