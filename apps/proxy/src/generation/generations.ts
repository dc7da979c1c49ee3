import type { ConfigProblem, ListenAddress, LoadResult, ResolvedConfig } from "@evenkeel/config";
import type { Scoreboard } from "@evenkeel/core";
import { checkFirst } from "../health/first-checks.ts";
import type { HealthControl } from "../health/health-control.ts";
import { ListenError } from "../listen-error.ts";
import { requireFreeAddresses } from "../port-check.ts";
import type { Plane } from "../plane.ts";
import { configChanges } from "./config-changes.ts";
import { fixedSettings } from "./fixed-settings.ts";
import { type PlacedConfig, withAddresses } from "./placed-config.ts";
import { NoRoomError, type Placement, type Places } from "./places.ts";

/** A configuration, and the same in the words of the file. */
export type Loaded = Pick<
  Extract<LoadResult, { readonly ok: true }>,
  "config" | "settings" | "written"
>;

/** A generation came into force. */
export interface Reloaded {
  readonly ok: true;
  readonly generation: number;
  /** One line for each setting that is not as it was. */
  readonly changes: readonly string[];
  readonly warnings: readonly ConfigProblem[];
}

/** Nothing has changed. */
export interface ReloadRefused {
  readonly ok: false;
  /** Of the generation that stays in force. */
  readonly generation: number;
  readonly problems: readonly ConfigProblem[];
}

export type ReloadResult = Reloaded | ReloadRefused;

/** How often that was, and when last; for metrics. */
export interface ReloadCounts {
  succeeded: number;
  refused: number;
  hasLastSucceeded: boolean;
  /** Milliseconds since 1970. */
  succeededAt: number;
}

/** Makes the next configuration of the current one, or says what is wrong. */
export type NextConfig = (current: Loaded) => LoadResult;

export interface GenerationsDeps {
  readonly scoreboard: Scoreboard;
  readonly places: Places;
  readonly plane: Plane;
  readonly health: HealthControl;
  /** What this process needs of every configuration, whatever it says. */
  readonly adapt: (config: ResolvedConfig) => ResolvedConfig;
  /** `by` is what asked for it. */
  readonly onReload: (result: ReloadResult, by: string) => void;
}

/**
 * The control plane's part of a reload: one generation after the other, each whole or not at all. First
 * everything that can fail is done beside what runs, in every thread; then the threads change over.
 */
export class Generations {
  readonly counts: ReloadCounts = {
    succeeded: 0,
    refused: 0,
    hasLastSucceeded: true,
    succeededAt: Date.now(),
  };
  readonly #deps: GenerationsDeps;
  readonly #first: Placement;
  readonly #started = Promise.withResolvers<void>();
  #config: PlacedConfig;
  #source: Omit<Loaded, "config">;
  #turn: Promise<unknown> = this.#started.promise;
  #isStopped = false;

  /** `source` is what `first` was made of. */
  constructor(first: Placement, source: Omit<Loaded, "config">, deps: GenerationsDeps) {
    this.#first = first;
    this.#config = first.config;
    this.#source = source;
    this.#deps = deps;
  }

  /** The first one comes into force. Rejects with a ListenError when an address cannot be bound. */
  async start(): Promise<readonly ListenAddress[]> {
    const addresses = await this.#deps.plane.start();
    this.#config = withAddresses(this.#config, addresses);
    this.#first.settle(this.#config.listeners);
    this.#started.resolve();
    return addresses;
  }

  /** In force. */
  get config(): PlacedConfig {
    return this.#config;
  }

  /** `config` in the words of the file, with secrets. */
  get settings(): unknown {
    return this.#source.settings;
  }

  /** Two at once come one after the other, each made of what is in force when its turn comes. Never rejects. */
  change(make: NextConfig, by: string): Promise<ReloadResult>;
  /** `isExpected` is asked when its turn comes; if it is not, nothing happens. */
  change(
    make: NextConfig,
    by: string,
    isExpected: () => boolean,
  ): Promise<ReloadResult | "outdated">;
  change(
    make: NextConfig,
    by: string,
    isExpected: () => boolean = () => true,
  ): Promise<ReloadResult | "outdated"> {
    const result = this.#turn.then(async () => {
      if (!isExpected()) return "outdated";
      const found = await this.#change(make);
      this.#count(found);
      this.#deps.onReload(found, by);
      return found;
    });
    this.#turn = result;
    return result;
  }

  /** Resolves when the one that is under way is over; none comes after it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#started.resolve();
    await this.#turn;
  }

  async #change(make: NextConfig): Promise<ReloadResult> {
    if (this.#isStopped) return this.#refuse([problemAt("", "the balancer is shutting down")]);
    try {
      const loaded = make({ ...this.#source, config: this.#config });
      if (!loaded.ok) return this.#refuse(loaded.problems);
      const config = this.#deps.adapt(loaded.config);
      const fixed = fixedSettings(this.#config, config, loaded.origins);
      if (fixed.length > 0) return this.#refuse(fixed);
      await this.#swap(this.#deps.places.place(config));
      return this.#done(loaded);
    } catch (error) {
      this.#deps.plane.abandon();
      return this.#refuse([problemOf(error as Error)]);
    }
  }

  #done({ settings, written, warnings }: Extract<LoadResult, { readonly ok: true }>): Reloaded {
    const changes = configChanges(this.#source.settings, settings);
    this.#source = { settings, written };
    return { ok: true, generation: this.#config.generation, changes, warnings };
  }

  async #swap(placement: Placement): Promise<void> {
    const { plane, health, scoreboard } = this.#deps;
    const known = new Set(this.#config.listeners.map(({ key }) => key));
    const { config } = placement;
    await requireFreeAddresses(config.listeners.filter(({ key }) => !known.has(key)));
    const [addresses, asked] = await Promise.all([
      plane.prepare(config),
      checkFirst(config, placement.added, (slot) => scoreboard.isReady(slot)),
    ]);
    // From here on nothing can fail.
    this.#config = withAddresses(config, addresses);
    health.follow(this.#config, asked);
    await plane.commit();
    health.retire(placement.settle(this.#config.listeners));
  }

  #refuse(problems: readonly ConfigProblem[]): ReloadRefused {
    return { ok: false, generation: this.#config.generation, problems };
  }

  #count({ ok }: ReloadResult): void {
    this.counts[ok ? "succeeded" : "refused"]++;
    this.counts.hasLastSucceeded = ok;
    if (ok) this.counts.succeededAt = Date.now();
  }
}

function problemOf(error: Error): ConfigProblem {
  if (error instanceof NoRoomError) return problemAt("pools", error.message);
  return problemAt(error instanceof ListenError ? "listeners" : "", error.message);
}

function problemAt(path: string, message: string): ConfigProblem {
  return { file: null, line: null, column: null, path, message, suggestion: null };
}
