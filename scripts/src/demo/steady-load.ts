import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

/** One finished GET: when (milliseconds on the monotonic clock), who answered, or what went wrong. */
export interface Sample {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly backend: string | null;
  readonly failure: string | null;
}

const connections = 20;
const pauseMs = 20;

/** Keeps GETs going over kept connections until it is stopped: about 900 a second in all. */
export class SteadyLoad {
  readonly samples: Sample[] = [];
  readonly #pool: Pool;
  readonly #clients: Promise<void>[];
  #isStopped = false;

  constructor(origin: string) {
    this.#pool = new Pool(origin, { connections, allowH2: false, headersTimeout: 5_000 });
    this.#clients = Array.from({ length: connections }, (_, index) => this.#run(index));
  }

  async stop(): Promise<readonly Sample[]> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    await this.#pool.close();
    return this.samples;
  }

  async #run(index: number): Promise<void> {
    // Spread over one pause, so that the requests do not come in volleys.
    await sleep((index * pauseMs) / connections);
    while (!this.#isStopped) {
      this.samples.push(await this.#get());
      await sleep(pauseMs);
    }
  }

  async #get(): Promise<Sample> {
    const startedAt = performance.now();
    try {
      const { statusCode, headers, body } = await this.#pool.request({ path: "/", method: "GET" });
      await body.dump();
      const backend = String(headers["x-backend"] ?? "");
      const failure = statusCode < 400 ? null : `status ${statusCode}`;
      return { startedAt, endedAt: performance.now(), backend: backend || null, failure };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { startedAt, endedAt: performance.now(), backend: null, failure: code ?? message };
    }
  }
}
