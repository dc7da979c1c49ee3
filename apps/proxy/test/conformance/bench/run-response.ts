import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Ending, type ResponseStream, parseResponses } from "../strict/response.ts";
import type { Bench } from "./bench.ts";
import { show } from "./canary.ts";
import { RawClient } from "./raw-client.ts";
import type { Script } from "./recorder.ts";

/** How the fake backend goes on after the case's bytes. */
export type BackendEnding = "fin" | "open";

export interface ResponseRun {
  readonly method: "GET" | "HEAD";
  readonly bytes: Buffer;
  readonly segments: readonly Buffer[];
  readonly ending: BackendEnding;
}

/** What the client was told: a whole response, a 502, a cut one, or nothing yet. */
export interface ResponseObservation {
  readonly kind: "relayed" | "refused" | "pending";
  /** What the strict parser makes of the backend's bytes. */
  readonly offered: ResponseStream;
  readonly answered: ResponseStream;
  readonly received: Buffer;
  readonly failures: readonly string[];
}

const boundMs = 5_000;
let runs = 0;

export async function runResponse(bench: Bench, run: ResponseRun): Promise<ResponseObservation> {
  const target = `/case-${++runs}`;
  const failures: string[] = [];
  const said = Promise.withResolvers<void>();
  let backend: Socket | null = null;
  const script: Script = (_, socket) => {
    backend = socket;
    void say(run, socket).then(said.resolve);
  };
  bench.recorder.script = (request) => (request.target === target ? script : null);
  const client = await RawClient.connect(bench.proxy.port);
  await client.send([requestFor(run.method, target)]);
  await Promise.race([said.promise, client.until(() => client.ending !== "open", boundMs)]);
  note(failures, await bench.settle(client));
  const { ending, received } = client;
  const answered = parseResponses(received, () => run.method, ending);
  const kind = kindOf(answered, ending);
  if (kind === "relayed" && ending === "open") note(failures, await nextOnTheSame(client));
  client.reset();
  note(failures, await bench.settle(client));
  if (!(await bench.isIdle())) failures.push("a lease was never released");
  bench.recorder.take();
  const offered = parseResponses(run.bytes, () => run.method, run.ending, "backend");
  if (hasStrayBytes(run, offered) && !hasEnded(backend)) {
    failures.push("row 66: a backend connection with bytes behind its response was kept");
  }
  return { kind, offered, answered, received, failures };
}

function note(failures: string[], failure: string | null): void {
  if (failure !== null) failures.push(failure);
}

function hasStrayBytes({ bytes }: ResponseRun, { responses }: ResponseStream): boolean {
  const [first] = responses;
  return first !== undefined && first.end < bytes.length;
}

function hasEnded(socket: Socket | null): boolean {
  return socket === null || socket.destroyed || socket.readableEnded;
}

export function requestFor(method: string, target: string): Buffer {
  return Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
}

export async function say({ segments, ending }: ResponseRun, socket: Socket): Promise<void> {
  for (const segment of segments) {
    await nextTurn();
    if (socket.destroyed) return;
    socket.write(segment);
  }
  await nextTurn();
  if (ending === "fin") socket.end();
}

export function kindOf(
  { responses, rest }: ResponseStream,
  ending: Ending,
): ResponseObservation["kind"] {
  const [first] = responses;
  if (first !== undefined) return first.status === 502 && isOwnError(first) ? "refused" : "relayed";
  return ending === "open" && rest !== "malformed" ? "pending" : "refused";
}

export function isOwnError({ fields }: ResponseStream["responses"][number]): boolean {
  return fields.some(({ name, value }) => name === "proxy-status" && value.startsWith("evenkeel;"));
}

/** The connection that got the response must be fit for the next one. */
async function nextOnTheSame(client: RawClient): Promise<string | null> {
  const before = client.received.length;
  await client.send([requestFor("GET", "/canary-next")]);
  const rest = (): Buffer => client.received.subarray(before);
  const parsed = (): ResponseStream => parseResponses(rest(), () => "GET", client.ending);
  await client.until(() => parsed().responses.length > 0 || client.ending !== "open", boundMs);
  const isOwn = parsed().responses[0]?.body.includes('"target":"/canary-next"') === true;
  return isOwn ? null : `the next request on the same connection got ${show(rest())}`;
}
