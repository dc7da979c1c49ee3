import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { eventually } from "./eventually.ts";

export interface LoadResult {
  readonly completed: number;
  /** One per request without 200 and a whole body: `503: …`, `no response: …` or `cut off: …`. */
  readonly failures: readonly string[];
}

export interface LoadOptions {
  readonly path: string;
  readonly connections: number;
  /** Between two requests of one connection. */
  readonly pauseMs: number;
}

const defaults: LoadOptions = { path: "/", connections: 10, pauseMs: 20 };

/** GETs over kept connections, one after the other on each, until it is stopped. Nothing is retried. */
export class SteadyLoad {
  readonly #answeredBy: Map<string, number> = new Map();
  readonly #failures: string[] = [];
  readonly #options: LoadOptions;
  readonly #pool: Pool;
  readonly #clients: readonly Promise<void>[];
  #completed = 0;
  #isStopped = false;

  constructor(origin: string, options: Partial<LoadOptions> = {}) {
    this.#options = { ...defaults, ...options };
    const { connections } = this.#options;
    this.#pool = new Pool(origin, { connections, allowH2: false });
    this.#clients = Array.from({ length: connections }, () => this.#run());
  }

  get completed(): number {
    return this.#completed;
  }

  /** How many requests this backend answered so far. */
  answeredBy(backend: string): number {
    return this.#answeredBy.get(backend) ?? 0;
  }

  /** Waits until `count` more requests were answered. */
  async more(count: number): Promise<void> {
    const goal = this.#completed + count;
    await eventually(() => this.#completed >= goal || this.#failures.length > 0);
  }

  async stop(): Promise<LoadResult> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    await this.#pool.close();
    return { completed: this.#completed, failures: this.#failures };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#get();
      await sleep(this.#options.pauseMs);
    }
  }

  async #get(): Promise<void> {
    let stage = "no response";
    try {
      const { path } = this.#options;
      const { statusCode, headers, body } = await this.#pool.request({ path, method: "GET" });
      stage = "cut off";
      const text = await body.text();
      if (statusCode !== 200) this.#failures.push(`${statusCode}: ${text}`);
      const backend = String(headers["x-backend"]);
      this.#answeredBy.set(backend, this.answeredBy(backend) + 1);
      this.#completed++;
    } catch (error) {
      this.#failures.push(`${stage}: ${String(error)}`);
    }
  }
}

/** Runs `action` while other clients are being served, and says how these fared. */
export async function besideLoad(
  origin: string,
  action: () => Promise<unknown>,
): Promise<LoadResult> {
  const load = new SteadyLoad(origin);
  try {
    await load.more(50);
    await action();
    await load.more(50);
  } catch (error) {
    await load.stop();
    throw error;
  }
  return await load.stop();
}
