import { clientProfile } from "../strict/profiles.ts";
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

const leaveBoundMs = 3_000;

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
  const { received } = client;
  const asked = parseRequests(input, clientProfile);
  const methodOf = (index: number): string => askedMethod(input, asked, index);
  return {
    input,
    asked,
    received,
    answered: parseResponses(received, methodOf, ending),
    ending,
    recording,
    late,
    requests: [...recording.requests, ...late.requests],
    failures,
  };
}

/** A refused request may be too broken to parse, but its method decides whether a body follows. */
function askedMethod(input: Buffer, asked: RequestStream, index: number): string {
  const known = asked.requests[index];
  if (known !== undefined) return known.method;
  const next = input.toString("latin1", asked.consumed, asked.consumed + 40).trimStart();
  return /^\S*/.exec(next)?.[0] ?? "";
}
