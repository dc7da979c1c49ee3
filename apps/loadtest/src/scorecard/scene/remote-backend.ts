import { request } from "undici";
import { idOfTarget } from "../../engine/open-loop-plan.ts";
import { LoadtestError } from "../../errors.ts";
import type { BackendFault, Victim } from "../../failover/faults/victim.ts";
import type { BackendSighting } from "../../failover/ledgers/backend-ledger.ts";
import { putFaults } from "../../failover/system/put-faults.ts";

const timeoutMs = 5000;

/** What a signal does to a process, played by a test-backend whose process is out of reach. */
const playedSignals: Partial<Record<NodeJS.Signals, readonly BackendFault[]>> = {
  SIGKILL: [{ fault: "refuse", open: "reset" }],
  SIGTERM: [{ fault: "refuse" }],
  SIGSTOP: [{ fault: "blackhole" }],
  SIGCONT: [],
};

interface Stats {
  readonly backend: string;
  readonly byTarget: Readonly<Record<string, number>>;
}

/** A test-backend that somebody else runs, by its control URL (`evenkeel backend --control-port`). */
export class RemoteBackend implements Victim {
  readonly name: string;
  readonly #url: string;

  private constructor(name: string, url: string) {
    this.name = name;
    this.#url = url;
  }

  /** @throws LoadtestError `TARGET_UNREACHABLE` when there is no test-backend. */
  static async attach(url: string): Promise<RemoteBackend> {
    const { backend } = await readStats(url);
    return new RemoteBackend(backend, url);
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    const faults = playedSignals[signal];
    if (faults === undefined) throw new LoadtestError("FAULT_FAILED", `${signal} cannot be played`);
    await putFaults(this.#url, faults);
  }

  async restart(): Promise<void> {
    await putFaults(this.#url, []);
  }

  async setFaults(faults: readonly BackendFault[]): Promise<void> {
    await putFaults(this.#url, faults);
  }

  /**
   * What it saw. Its statistics have no times, so each is at Infinity: after everything that anybody asks
   * about. It remembers 1,024 targets.
   */
  async sightings(): Promise<BackendSighting[]> {
    const { byTarget } = await readStats(this.#url);
    return Object.entries(byTarget).flatMap(([target, count]) => {
      const id = idOfTarget(target);
      if (id === undefined) return [];
      return Array.from({ length: count }, () => ({ id, backend: this.name, atMs: Infinity }));
    });
  }
}

async function readStats(url: string): Promise<Stats> {
  try {
    const { statusCode, body } = await request(new URL("/__stats", url), {
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`it answers ${statusCode}`);
    return JSON.parse(text) as Stats;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LoadtestError("TARGET_UNREACHABLE", `no test-backend at ${url}: ${why}`);
  }
}
