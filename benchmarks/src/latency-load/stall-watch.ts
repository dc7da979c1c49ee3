import { closeSync, openSync, readSync } from "node:fs";
import { parseSchedstat } from "../proc/proc-files.ts";
import type { Stall } from "./load-result.ts";

/** How often the proxy's threads are looked at. */
const SAMPLE_MS = 10;
/** A wait for the core that is shorter is lost among the requests. */
const SHORTEST_WAIT_MS = 0.2;
/** A turn of the load's event loop that reads and writes as much as it may takes less. */
const LONGEST_TURN_MS = 0.5;

/** What one thread has used and waited for since it started, in ns. */
interface ThreadClock {
  readonly fd: number;
  runNs: number;
  waitNs: number;
}

/**
 * Notices what the machine takes away from the proxy and from the load, by whatever else runs on
 * their cores: where every core is needed, the rest of the machine has no other. What a proxy
 * does to itself is not of this kind: a pause of its own, or a thread of its own that makes another wait.
 */
export class StallWatch {
  readonly #threads: readonly ThreadClock[];
  readonly #buffer = Buffer.alloc(128);
  #sampledMs: number;
  #turnMs: number;
  /** In the order in which they were noticed. */
  readonly stalls: Stall[] = [];

  /** `schedstatFiles` are those of the proxy's threads. */
  constructor(schedstatFiles: readonly string[], nowMs: number) {
    this.#threads = schedstatFiles.map((file) => ({
      fd: openSync(file, "r"),
      runNs: 0,
      waitNs: 0,
    }));
    this.#sampledMs = nowMs;
    this.#turnMs = nowMs;
    this.#waitedMs();
  }

  /** Called in every turn of the load's event loop. */
  turn(nowMs: number): void {
    if (nowMs - this.#turnMs > LONGEST_TURN_MS) {
      this.stalls.push({ of: "load", fromMs: this.#turnMs, toMs: nowMs });
    }
    this.#turnMs = nowMs;
    if (nowMs - this.#sampledMs < SAMPLE_MS) return;
    const waitedMs = this.#waitedMs();
    // A wait is counted when it ends, so it may have begun before the last look.
    if (waitedMs > SHORTEST_WAIT_MS) {
      this.stalls.push({ of: "proxy", fromMs: this.#sampledMs - waitedMs, toMs: nowMs });
    }
    this.#sampledMs = nowMs;
  }

  close(): void {
    for (const { fd } of this.#threads) closeSync(fd);
  }

  /** The longest that a thread waited since the last look while none of its siblings ran. */
  #waitedMs(): number {
    const deltas = this.#threads.map((thread) => {
      const { runNs, waitNs } = parseSchedstat(this.#read(thread.fd));
      const delta = { runNs: runNs - thread.runNs, waitNs: waitNs - thread.waitNs };
      thread.runNs = runNs;
      thread.waitNs = waitNs;
      return delta;
    });
    const total = deltas.reduce((sum, { runNs }) => sum + runNs, 0);
    const waits = deltas.map(({ runNs, waitNs }) => waitNs - (total - runNs));
    return Math.max(0, ...waits) / 1e6;
  }

  #read(fd: number): string {
    try {
      return this.#buffer.toString(
        "latin1",
        0,
        readSync(fd, this.#buffer, 0, this.#buffer.length, 0),
      );
    } catch {
      // The thread ended.
      return "";
    }
  }
}
