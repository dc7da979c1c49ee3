import { nearestName } from "@evenkeel/config/nearest-name";
import { LoadtestError } from "../../errors.ts";
import { bodyIntact } from "./body-intact.ts";
import type { Check } from "./check.ts";
import { chunkSyntax } from "./chunk-syntax.ts";
import { contentLength } from "./content-length.ts";
import { earlyResponse } from "./early-response.ts";
import { encodedPath } from "./encoded-path.ts";
import { equalShares } from "./equal-shares.ts";
import { errorsFelt } from "./errors-felt.ts";
import { eventStream } from "./event-stream.ts";
import { forgedForwardedFor } from "./forged-forwarded-for.ts";
import { forwardedFor } from "./forwarded-for.ts";
import { hangFailed } from "./hang-failed.ts";
import { hangFelt } from "./hang-felt.ts";
import { hopByHopRequest } from "./hop-by-hop.ts";
import { hopByHopResponse } from "./hop-by-hop-response.ts";
import { hostAgreement } from "./host-agreement.ts";
import { hostSyntax } from "./host-syntax.ts";
import { informational } from "./informational.ts";
import { killFailed } from "./kill-failed.ts";
import { killFelt } from "./kill-felt.ts";
import { largeHead } from "./large-head.ts";
import { lengthAndChunked } from "./length-and-chunked.ts";
import { lineSyntax } from "./line-syntax.ts";
import { noAnswer } from "./no-answer.ts";
import { overload } from "./overload.ts";
import { postOnce } from "./post-once.ts";
import { protectedFields } from "./protected-fields.ts";
import { readmission } from "./readmission.ts";
import { requestVersion } from "./request-version.ts";
import { sessionsMove } from "./sessions-move.ts";
import { sessionsStay } from "./sessions-stay.ts";
import { staleKeepAlive } from "./stale-keep-alive.ts";
import { trailers } from "./trailers.ts";
import { transferCoding } from "./transfer-coding.ts";
import { truncated } from "./truncated.ts";
import { unaskedResponse } from "./unasked-response.ts";
import { via } from "./via.ts";
import { webSocket } from "./websocket.ts";
import { weightedShares } from "./weighted-shares.ts";

/** Every row, in the order of the table. */
export const checks: readonly Check[] = [
  equalShares,
  weightedShares,
  killFailed,
  killFelt,
  readmission,
  hangFailed,
  hangFelt,
  errorsFelt,
  postOnce,
  noAnswer,
  staleKeepAlive,
  sessionsStay,
  sessionsMove,
  lengthAndChunked,
  transferCoding,
  contentLength,
  chunkSyntax,
  lineSyntax,
  requestVersion,
  hostSyntax,
  hostAgreement,
  hopByHopRequest,
  hopByHopResponse,
  protectedFields,
  encodedPath,
  forwardedFor,
  forgedForwardedFor,
  via,
  informational,
  trailers,
  truncated,
  unaskedResponse,
  earlyResponse,
  largeHead,
  bodyIntact,
  webSocket,
  eventStream,
  overload,
];

/**
 * The checks with these names, or of groups with these names, in the table's order; all without any.
 *
 * @throws LoadtestError `BAD_OPTION` with the nearest valid name.
 */
export function checksNamed(names: readonly string[]): readonly Check[] {
  for (const name of names) {
    if (checks.some((check) => isMeant(check, name))) continue;
    const valid = [...new Set(checks.flatMap((check) => [check.group, check.name]))];
    const nearest = nearestName(name, valid);
    const hint = nearest === null ? `there are ${valid.join(", ")}` : `did you mean ${nearest}?`;
    throw new LoadtestError("BAD_OPTION", `there is no check ${JSON.stringify(name)}; ${hint}`);
  }
  if (names.length === 0) return checks;
  return checks.filter((check) => names.some((name) => isMeant(check, name)));
}

function isMeant({ name, group }: Check, wanted: string): boolean {
  return wanted === name || wanted === group;
}
