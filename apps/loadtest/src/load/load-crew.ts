import { Worker } from "node:worker_threads";
import type { LoadControl } from "./load-messages.ts";
import type { LoadShare } from "./load-plan.ts";

/**
 * Worker threads that are kept from one load to the next: starting them takes longer than a short load, and
 * whoever starts is cold. One load at a time.
 */
export class LoadCrew {
  readonly #workers: Worker[] = [];

  /** The thread of this share, which gets to work at once; what it says goes to its own listeners. */
  take(share: LoadShare): Worker {
    const known = this.#workers[share.worker];
    if (known !== undefined) {
      const again: LoadControl = { kind: "again", share };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      known.postMessage(again);
      return known;
    }
    const url = new URL("./load-worker.ts", import.meta.url);
    const worker = new Worker(url, { workerData: share, execArgv: [] });
    this.#workers[share.worker] = worker;
    return worker;
  }

  /** Ends all threads. */
  async dispose(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
