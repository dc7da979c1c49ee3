import { setImmediate as nextTurn } from "node:timers/promises";
import { sendCanary } from "./canary.ts";
import { type ProxyOptions, type ProxyUnderTest, startProxyUnderTest } from "./proxy-under-test.ts";
import { Recorder } from "./recorder.ts";

/** The three sockets of security.md 2.3: a raw client comes per case, these two stay. */
export class Bench {
  readonly proxy: ProxyUnderTest;
  readonly recorder: Recorder;
  /** Threads do not run in step with the harness, so silence must last before it means something. */
  readonly #quietMs: number;

  private constructor(proxy: ProxyUnderTest, recorder: Recorder, workers: number) {
    this.proxy = proxy;
    this.recorder = recorder;
    this.#quietMs = workers === 0 ? 0 : 25;
  }

  static async start(options: Omit<ProxyOptions, "backendPorts">): Promise<Bench> {
    const recorder = new Recorder();
    const port = await recorder.listen();
    const proxy = await startProxyUnderTest({ ...options, backendPorts: [port] });
    return new Bench(proxy, recorder, options.workers);
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.recorder.close();
  }

  /** False when a lease is still held; a client may see its answer just before the release. */
  async isIdle(): Promise<boolean> {
    const deadline = performance.now() + idleBoundMs;
    while (this.proxy.inFlight() > 0) {
      if (performance.now() > deadline) return false;
      await nextTurn();
    }
    return true;
  }

  /**
   * Sends canaries until one made its whole way while nothing of the case moved: in one event loop
   * every hop of the case takes no more turns than the same hop of the canary, so what has not moved
   * by then waits for bytes that nobody will send.
   */
  async settle(client: { readonly activity: number }): Promise<string | null> {
    let quietSince = performance.now();
    const deadline = quietSince + settleBoundMs;
    while (performance.now() < deadline) {
      const before = client.activity + this.recorder.activity;
      const failure = await sendCanary(this.proxy.port);
      if (failure !== null) return failure;
      const now = performance.now();
      if (client.activity + this.recorder.activity !== before) quietSince = now;
      else if (now - quietSince >= this.#quietMs) return null;
    }
    return `the case was still moving after ${settleBoundMs} ms`;
  }
}

const settleBoundMs = 10_000;
const idleBoundMs = 1_000;

/** In one thread and without batches, unless the environment says otherwise. */
export const wantedProxy: Pick<ProxyOptions, "workers" | "pool"> = {
  workers: Number(process.env["CONFORMANCE_WORKERS"] ?? 0),
  pool: { connections: { pipelining: process.env["CONFORMANCE_PIPELINING"] === "1" } },
};
