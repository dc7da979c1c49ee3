import { Worker } from "node:worker_threads";
import { descriptorBaseline, descriptorsFallTo } from "../bench/descriptors.ts";
import { type ProxyUnderTest, startProxyUnderTest } from "../bench/proxy-under-test.ts";
import type { BackendsData, BackendsReport, FromBackends } from "./backends.ts";
import { runClient } from "./client.ts";
import { Random } from "./random.ts";
import { type StallPhase, StallSignal, Stalls } from "./stalls.ts";
import { Tally } from "./tally.ts";

export interface MixupOptions {
  readonly requests: number;
  readonly seed: number;
  readonly workers: number;
  readonly pipelining: boolean;
  readonly stallPhase: StallPhase;
  readonly onProgress: (tally: Tally) => void;
}

export interface MixupResult {
  readonly tally: Tally;
  readonly backends: BackendsReport;
  readonly stalls: number;
}

const clients = 50;
const backendCount = 5;
const misbehaving = 0.2;
const leaseBoundMs = 5_000;

/**
 * With pipelining, a backend that broke a batch is sent none for some seconds; every proxy begins
 * without that memory, so that batches go on being broken.
 */
const requestsPerPipeliningProxy = 1_000;

/** Many clients, several backends of whose connections some misbehave, and stalls of the proxy's loop. */
export async function hunt(options: MixupOptions): Promise<MixupResult> {
  const tally = new Tally();
  const before = await descriptorBaseline();
  const { seed } = options;
  const shared = StallSignal.allocate();
  const backends = await Backends.start({ seed, count: backendCount, misbehaving, stalls: shared });
  // Worker threads cannot be stalled from here, so with them nothing is said on idle connections that
  // could be taken for an answer.
  const phase = options.workers === 0 ? options.stallPhase : "never";
  const stalls = new Stalls(new StallSignal(shared), new Random("stalls"), phase);
  const progress = setInterval(() => options.onProgress(tally), 10_000);
  const share = options.pipelining ? requestsPerPipeliningProxy : options.requests;
  for (let round = 0; tally.asked < options.requests; round++) {
    tally.allow(Math.min(share, options.requests - tally.asked));
    await askThroughOneProxy(options, { round, ports: backends.ports, tally, stalls });
  }
  clearInterval(progress);
  stalls.stop();
  const report = await backends.stop();
  for (const violation of report.violations) tally.violate(violation);
  const after = await descriptorsFallTo(before);
  if (after !== before) tally.violate(`I6 ${after} descriptors, ${before} before`);
  return { tally, backends: report, stalls: stalls.count };
}

interface Round {
  readonly round: number;
  readonly ports: readonly number[];
  readonly tally: Tally;
  readonly stalls: Stalls;
}

async function askThroughOneProxy(
  options: MixupOptions,
  { round, ports, tally, stalls }: Round,
): Promise<void> {
  const proxy = await startProxy(options, ports);
  const random = new Random(`${options.seed} ${round}`);
  await Promise.all(
    Array.from({ length: clients }, (_, index) =>
      runClient({
        port: proxy.port,
        name: `${options.seed}-${round}-${index}`,
        random: new Random(random.below(2 ** 32)),
        tally,
        onRead: () => stalls.inPoll(),
      }),
    ),
  );
  await expectNothingHeld(proxy, tally);
  await proxy.stop();
  for (const fault of proxy.faults) tally.violate(`I6 ${fault}`);
}

async function startProxy(
  { workers, pipelining }: MixupOptions,
  backendPorts: readonly number[],
): Promise<ProxyUnderTest> {
  return startProxyUnderTest({
    backendPorts,
    workers,
    accessLog: "off",
    pool: { connections: { pipelining }, timeouts: { response: "1s", idle: "1s" } },
  });
}

/** The clients have left; what they gave up ends at the next event of its connection. */
async function expectNothingHeld(proxy: ProxyUnderTest, tally: Tally): Promise<void> {
  const deadline = performance.now() + leaseBoundMs;
  while (proxy.inFlight() > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (proxy.inFlight() !== 0) tally.violate(`I6 ${proxy.inFlight()} leases are still held`);
}

class Backends {
  readonly #thread: Worker;
  readonly ports: readonly number[];

  private constructor(thread: Worker, ports: readonly number[]) {
    this.#thread = thread;
    this.ports = ports;
  }

  static async start(workerData: BackendsData): Promise<Backends> {
    const thread = new Worker(new URL("./backends.ts", import.meta.url), { workerData });
    // Without its backends the run proves nothing.
    thread.on("error", (error) => {
      console.error("the backends' thread died", error);
      process.exit(2);
    });
    const message = await nextMessage(thread);
    if (message.kind !== "listening") throw new Error("the backends did not listen");
    return new Backends(thread, message.ports);
  }

  async stop(): Promise<BackendsReport> {
    this.#thread.postMessage("report");
    const message = await nextMessage(this.#thread);
    await this.#thread.terminate();
    if (message.kind !== "report") throw new Error("the backends did not report");
    return message.report;
  }
}

async function nextMessage(thread: Worker): Promise<FromBackends> {
  return new Promise((resolve) => {
    thread.once("message", resolve);
  });
}
