import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { eventually } from "./eventually.ts";

/** How requests went. */
export interface LoadResult {
  readonly completed: number;
  /** One per request without 200 and a whole body. */
  readonly failures: readonly string[];
}

const connections = 10;
const pauseMs = 5;

/** GETs over kept connections, one after the other on each, until it is stopped. Nothing is retried. */
export class SteadyLoad {
  readonly #answeredBy: Map<string, number> = new Map();
  readonly #failures: string[] = [];
  readonly #path: string;
  readonly #pool: Pool;
  readonly #clients: readonly Promise<void>[];
  #completed = 0;
  #isStopped = false;

  constructor(origin: string, path = "/") {
    this.#path = path;
    this.#pool = new Pool(origin, { connections, allowH2: false });
    this.#clients = Array.from({ length: connections }, () => this.#run());
  }

  /** How many requests this backend answered so far. */
  answeredBy(backend: string): number {
    return this.#answeredBy.get(backend) ?? 0;
  }

  /** Waits until `count` more requests were answered, or one failed. */
  async more(count: number): Promise<void> {
    const goal = this.#completed + count;
    await eventually(
      `${count} more answers`,
      () => this.#completed >= goal || this.#failures.length > 0,
    );
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
      await sleep(pauseMs);
    }
  }

  async #get(): Promise<void> {
    let stage = "no response";
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        path: this.#path,
        method: "GET",
      });
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
