import { parseResponses, type ResponseStream, type StrictResponse } from "../strict/response.ts";
import type { Bench } from "./bench.ts";
import { show } from "./canary.ts";
import { RawClient } from "./raw-client.ts";
import type { Script } from "./recorder.ts";
import { type ResponseRun, isOwnError, kindOf, requestFor, say } from "./run-response.ts";

/** A request that waits while the backend answers another one with the bytes of a case. */
export interface BesideObservation {
  /** What the client of the case was told. */
  readonly kind: ReturnType<typeof kindOf>;
  /** Answers to the request that waited; several would be as wrong as a foreign one. */
  readonly beside: readonly StrictResponse[];
  readonly target: string;
  /** Why the waiting request was not answered as it should be. */
  readonly complaints: readonly string[];
  /** Both requests went to the backend on one connection. */
  readonly isShared: boolean;
  readonly failures: readonly string[];
}

let runs = 0;

/** The waiting request is the next one on the same client connection. */
export async function runBehind(bench: Bench, run: ResponseRun): Promise<BesideObservation> {
  const number = ++runs;
  const [bait, target] = [`/bait-${number}`, `/behind-${number}`];
  const failures: string[] = [];
  const said = answerBait(bench, run, bait, null);
  const client = await RawClient.connect(bench.proxy.port);
  await client.send([Buffer.concat([requestFor(run.method, bait), requestFor("GET", target)])]);
  await Promise.race([said, client.until(() => client.ending !== "open", boundMs)]);
  note(failures, await bench.settle(client));
  const methodOf = (index: number): string => (index === 0 ? run.method : "GET");
  const answers = (): ResponseStream => parseResponses(client.received, methodOf, client.ending);
  const isAwaited = answers().rest === "none" && answers().responses.length === 1;
  if (isAwaited) await untilToldMore(bench, client, client.received.length, failures);
  const { ending, received } = client;
  const answered = answers();
  client.reset();
  note(failures, await bench.settle(client));
  if (answered.rest === "malformed") failures.push(`${answered.reason}: ${show(received)}`);
  const kind = kindOf(answered, ending);
  const beside = answered.responses.slice(1);
  const isMissing = kind !== "pending" && ending === "open" && beside.length === 0;
  const complaints = isMissing ? [`${target} got no answer: ${show(received)}`] : [];
  bench.recorder.take();
  return { kind, beside, target, complaints, isShared: false, failures };
}

/** The waiting request is another client's, and with `connections.pipelining` in the same batch. */
export async function runBatched(bench: Bench, run: ResponseRun): Promise<BesideObservation> {
  const number = ++runs;
  const [bait, target] = [`/bait-${number}`, `/victim-${number}`];
  const failures: string[] = [];
  const said = answerBait(bench, run, bait, target);
  const client = await RawClient.connect(bench.proxy.port);
  const victim = await RawClient.connect(bench.proxy.port);
  note(failures, await bench.settle(victim));
  await Promise.all([
    client.send([requestFor(run.method, bait)]),
    victim.send([requestFor("GET", target)]),
  ]);
  await Promise.race([said, client.until(() => client.ending !== "open", boundMs)]);
  note(failures, await bench.settle(both(client, victim)));
  const answered = parseResponses(client.received, () => run.method, client.ending);
  const kind = kindOf(answered, client.ending);
  client.reset();
  note(failures, await bench.settle(both(client, victim)));
  await untilToldMore(bench, victim, 0, failures);
  const own: ResponseStream = parseResponses(victim.received, () => "GET", victim.ending);
  const isWhole = own.rest === "none" && own.responses.length > 0;
  const complaints = isWhole ? [] : [`${target} got ${own.reason}: ${show(victim.received)}`];
  victim.reset();
  note(failures, await bench.settle(victim));
  if (!(await bench.isIdle())) failures.push("a lease was never released");
  const { requests } = bench.recorder.take();
  const [first, second] = requests;
  const isShared = first?.target !== second?.target && first?.connection === second?.connection;
  return { kind, beside: own.responses, target, complaints, isShared, failures };
}

/** Right for the request that waited: its own answer, or an error that says that there is none. */
export function isFor({ target }: BesideObservation, response: StrictResponse): boolean {
  const isOwn = response.status === 200 && response.body.includes(`"target":"${target}"`);
  return isOwn || (response.status === 502 && isOwnError(response));
}

const boundMs = 5_000;

/**
 * Resolves when the backend has said the case's bytes. `target` is answered behind them, unless they
 * are no whole response: what came then would be read as the rest of it.
 */
function answerBait(
  bench: Bench,
  run: ResponseRun,
  bait: string,
  target: string | null,
): Promise<void> {
  const said = Promise.withResolvers<void>();
  const offered = parseResponses(run.bytes, () => run.method, run.ending, "backend");
  const isWhole = offered.responses.length > 0;
  let baitConnection = -1;
  const answer: Script = ({ connection }, socket) => {
    baitConnection = connection;
    void say(run, socket).then(said.resolve);
  };
  const afterwards: Script = (request, socket) => {
    const content = JSON.stringify({ id: request.id, target: request.target });
    const response = `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
    void said.promise.then(() => isWhole && socket.writable && socket.write(response));
  };
  bench.recorder.script = (request) => {
    if (request.target === bait) return answer;
    const isBehindIt = request.target === target && request.connection === baitConnection;
    return isBehindIt ? afterwards : null;
  };
  return said.promise;
}

/**
 * Whoever is owed an answer is waited for. A case that has settled may have nothing under way but what
 * the kernel dropped: while its TCP memory is exhausted (`TCPRcvQDrop`; other processes are enough) a
 * FIN between two other sockets comes only 200 ms later, with the retransmission.
 */
async function untilToldMore(
  bench: Bench,
  client: RawClient,
  known: number,
  failures: string[],
): Promise<void> {
  await client.until(() => client.received.length > known || client.ending !== "open", boundMs);
  note(failures, await bench.settle(client));
}

function both(one: RawClient, other: RawClient): { readonly activity: number } {
  return {
    get activity(): number {
      return one.activity + other.activity;
    },
  };
}

function note(failures: string[], failure: string | null): void {
  if (failure !== null) failures.push(failure);
}
