import type { Bench } from "../bench/bench.ts";
import { show } from "../bench/canary.ts";
import { RawClient } from "../bench/raw-client.ts";
import type { Leftover, RecordedRequest, Recording } from "../bench/recorder.ts";
import { type Observation, leaveBoundMs, observationOf } from "../bench/run-request.ts";
import { valuesOf } from "../strict/grammar.ts";
import type { FuzzCase } from "./cases.ts";

export interface BatchObservation {
  readonly observations: readonly Observation[];
  /** What went wrong and belongs to no single case. */
  readonly failures: readonly string[];
}

/**
 * Runs cases side by side and judges each alone. Every client has a loopback address of its own, and
 * X-Forwarded-For, which nothing in the input can change, says which client a request came from.
 */
export async function runBatch(
  bench: Bench,
  cases: readonly FuzzCase[],
): Promise<BatchObservation> {
  const clients = await Promise.all(
    cases.map((_, index) => RawClient.connect(bench.proxy.port, addressOf(index))),
  );
  await Promise.all(clients.map((client, index) => client.send(cases[index]?.segments ?? [])));
  const failures: string[] = [];
  const crowd = new Crowd(clients);
  note(failures, await bench.settle(crowd));
  const endings = clients.map(({ ending }) => ending);
  const recording = bench.recorder.take();
  const hasLeft = await Promise.all(clients.map((client) => client.finish(leaveBoundMs)));
  note(failures, await bench.settle(crowd));
  const late = bench.recorder.take();
  if (!(await bench.isIdle())) failures.push("a lease was never released");
  const shares = { recording: sharesOf(recording), late: sharesOf(late) };
  const observations = cases.map(({ input }, index) => {
    const address = addressOf(index);
    const stays = hasLeft[index] === true ? [] : ["the proxy kept the connection after the FIN"];
    return observationOf({
      input,
      received: (clients[index] as RawClient).received,
      ending: endings[index] ?? "open",
      recording: shares.recording.get(address) ?? nothingSeen,
      late: shares.late.get(address) ?? nothingSeen,
      failures: stays,
    });
  });
  for (const { violations } of [recording, late]) {
    failures.push(...violations.map((violation) => `I1 the backend got ${violation}`));
  }
  failures.push(
    ...strangersIn(shares.recording, cases.length),
    ...strangersIn(shares.late, cases.length),
  );
  return { observations, failures };
}

class Crowd {
  readonly #clients: readonly RawClient[];

  constructor(clients: readonly RawClient[]) {
    this.#clients = clients;
  }

  get activity(): number {
    return this.#clients.reduce((sum, { activity }) => sum + activity, 0);
  }
}

const nothingSeen: Recording = { requests: [], violations: [], leftovers: [] };

/** More than one case at a time needs the whole of 127.0.0.0/8, which Linux alone gives. */
export const maxParallel: number = process.platform === "linux" ? 250 : 1;

function addressOf(index: number): string {
  return process.platform === "linux" ? `127.0.1.${index + 1}` : "127.0.0.1";
}

function sharesOf({ requests, leftovers }: Recording): Map<string, Recording> {
  const shares = new Map<string, { requests: RecordedRequest[]; leftovers: Leftover[] }>();
  const shareOf = (address: string): { requests: RecordedRequest[]; leftovers: Leftover[] } => {
    const known = shares.get(address) ?? { requests: [], leftovers: [] };
    shares.set(address, known);
    return known;
  };
  for (const request of requests) {
    shareOf(valuesOf(request.fields, "x-forwarded-for").join()).requests.push(request);
  }
  for (const leftover of leftovers) {
    const text = leftover.bytes.latin1Slice();
    const address = /\r\nX-Forwarded-For: ([0-9.]+)\r\n/i.exec(text)?.[1] ?? show(leftover.bytes);
    shareOf(address).leftovers.push(leftover);
  }
  return new Map([...shares].map(([address, share]) => [address, { ...share, violations: [] }]));
}

function strangersIn(shares: ReadonlyMap<string, Recording>, count: number): string[] {
  const known = new Set(Array.from({ length: count }, (_, index) => addressOf(index)));
  return [...shares.keys()]
    .filter((address) => !known.has(address))
    .map((address) => `I2 the backend saw something of ${address}, who is no client`);
}

function note(failures: string[], failure: string | null): void {
  if (failure !== null) failures.push(`I3 ${failure}`);
}
