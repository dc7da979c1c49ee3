import type { Backend } from "../backend/backend.ts";
import type { Proxy } from "../proxies/proxy.ts";
import type { Workbench } from "../workbench.ts";
import type { ProxySamples } from "./results.ts";

/** What every measurement works with. */
export interface Measurement {
  readonly bench: Workbench;
  readonly backend: Backend;
  /** Those that are installed, in turn order. */
  readonly proxies: readonly Proxy[];
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Shows a line of progress. */
  readonly say: (line: string) => void;
}

/** Samples by proxy, in turn order; a proxy whose turn failed keeps what it has. */
export class Samples<Sample> {
  readonly failures: string[] = [];
  readonly notices: string[] = [];
  readonly #byName = new Map<string, Sample[]>();

  add(name: string, sample: Sample): void {
    const list = this.#byName.get(name) ?? [];
    list.push(sample);
    this.#byName.set(name, list);
  }

  get results(): ProxySamples<Sample>[] {
    return [...this.#byName].map(([name, samples]) => ({ name, samples }));
  }
}
