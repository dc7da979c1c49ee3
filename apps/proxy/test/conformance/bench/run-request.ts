import { clientProfile, isConnectionClose } from "../strict/profiles.ts";
import { type RequestStream, parseRequests } from "../strict/request.ts";
import { type Ending, type ResponseStream, parseResponses } from "../strict/response.ts";
import type { Bench } from "./bench.ts";
import { RawClient } from "./raw-client.ts";
import type { RecordedRequest, Recording } from "./recorder.ts";

/** Everything that could be seen of one case. */
export interface Observation {
  readonly input: Buffer;
  /** What the strict parser finds in the input. */
  readonly asked: RequestStream;
  readonly received: Buffer;
  readonly answered: ResponseStream;
  /** How the proxy had left the client connection when nothing moved any more. */
  readonly ending: Ending;
  readonly recording: Recording;
  /** What still reached the backend when the client had left. */
  readonly late: Recording;
  readonly requests: readonly RecordedRequest[];
  /** Failures that the run itself saw: a canary, a connection that stays. */
  readonly failures: readonly string[];
}

export const leaveBoundMs: number = 3_000;

export async function runRequest(
  bench: Bench,
  input: Buffer,
  segments: readonly Buffer[],
): Promise<Observation> {
  const failures: string[] = [];
  const client = await RawClient.connect(bench.proxy.port);
  await client.send(segments);
  const settled = await bench.settle(client);
  if (settled !== null) failures.push(settled);
  const { ending } = client;
  const recording = bench.recorder.take();
  if (!(await client.finish(leaveBoundMs))) {
    failures.push(`the proxy kept the connection ${leaveBoundMs} ms after the client's FIN`);
  }
  const afterwards = await bench.settle(client);
  if (afterwards !== null) failures.push(afterwards);
  const late = bench.recorder.take();
  if (!(await bench.isIdle())) failures.push("a lease was never released");
  return observationOf({ input, received: client.received, ending, recording, late, failures });
}

/** What the strict parsers make of what was seen. */
export function observationOf(
  seen: Pick<Observation, "input" | "received" | "ending" | "recording" | "late" | "failures">,
): Observation {
  const { input, received, ending, recording, late } = seen;
  const asked = parseRequests(input, clientProfile);
  const methodOf = (index: number): string => askedMethod(input, asked, index);
  return {
    ...seen,
    asked,
    answered: answersTo(methodOf, received, ending),
    requests: [...recording.requests, ...late.requests],
  };
}

/**
 * What is refused at its request line is refused before its method is known: a HEAD may then get an
 * error with content, which misleads nobody because it ends the connection.
 */
function answersTo(
  methodOf: (index: number) => string,
  received: Buffer,
  ending: Ending,
): ResponseStream {
  const answered = parseResponses(received, methodOf, ending);
  const last = answered.responses.length - 1;
  const error = answered.responses[last];
  const endsThere = error !== undefined && error.status >= 400 && isConnectionClose(error.fields);
  if (answered.rest === "none" || !endsThere || methodOf(last) !== "HEAD") return answered;
  return parseResponses(received, (index) => (index === last ? "" : methodOf(index)), ending);
}

/** A refused request may be too broken to parse, but its method decides whether a body follows. */
function askedMethod(input: Buffer, asked: RequestStream, index: number): string {
  const known = asked.requests[index];
  if (known !== undefined) return known.method;
  const next = input.toString("latin1", asked.consumed, asked.consumed + 40).trimStart();
  return /^\S*/.exec(next)?.[0] ?? "";
}
