import type { Worker } from "node:worker_threads";
import type { ListenAddress } from "@evenkeel/config";
import { type PlacedConfig, poolMembers } from "../generation/placed-config.ts";
import type { MetricSources } from "../metrics/metric.ts";
import { type UsedRows, stepMs, TrafficWindow } from "../observe/traffic-window.ts";
import { LoopDelay } from "../observe/loop-delay.ts";
import type { Notice } from "../observe/notices.ts";
import { Profiler } from "../profiling/profiler.ts";
import type { AdminContext, Phase } from "./admin-route.ts";
import type { AdminCall } from "./audit.ts";
import { AdminServer } from "./admin-server.ts";

export interface AdminListenerOptions extends Omit<
  MetricSources,
  "config" | "reloads" | "loopDelays" | "health"
> {
  readonly generations: AdminContext["generations"];
  readonly reread: AdminContext["reread"];
  readonly health: AdminContext["health"];
  readonly strategies: AdminContext["strategies"];
  /** By index; null while one is being replaced. */
  readonly workerThreads: () => readonly (Worker | null)[];
  readonly tracing: AdminContext["tracing"];
  readonly onNotice: (notice: Notice) => void;
  readonly onCall: (call: AdminCall) => void;
}

function rowsOf(config: PlacedConfig): UsedRows {
  return {
    pools: config.pools.map(({ row }) => row),
    backends: poolMembers(config).flatMap((members) => members.map(({ slot }) => slot)),
  };
}

/** The admin server, where the configuration asks for one, and what only it needs. */
export class AdminListener {
  /** What `/readyz` goes by, besides the backends. */
  phase: Phase = "starting";
  readonly #server: AdminServer | null;
  readonly #loopDelay: LoopDelay = new LoopDelay();
  readonly #window: TrafficWindow;
  #windowTimer: NodeJS.Timeout | null = null;

  constructor(options: AdminListenerOptions) {
    const { onNotice, onCall, strategies, tracing, generations, reread, workerThreads, ...known } =
      options;
    const { scoreboard, health, counters } = known;
    const metrics: MetricSources = {
      ...known,
      get config() {
        return generations.config;
      },
      reloads: generations.counts,
      loopDelays: this.#loopDelay.delays,
    };
    this.#window = new TrafficWindow(
      scoreboard.shape,
      counters,
      () => rowsOf(generations.config),
      performance.now(),
    );
    const recent = (): TrafficWindow => {
      this.#window.advance(performance.now());
      return this.#window;
    };
    const phase = (): Phase => this.phase;
    const profiler = new Profiler(workerThreads);
    const fixed = { generations, reread, scoreboard, health, strategies, metrics, profiler };
    const context: AdminContext = {
      ...fixed,
      tracing,
      recent,
      phase,
      get config() {
        return generations.config;
      },
    };
    const onError = (message: string): void =>
      onNotice({ kind: "admin-failed", message, count: 1 });
    const { admin: config } = generations.config;
    this.#server = config === null ? null : new AdminServer({ config, context, onError, onCall });
  }

  /** The address that was bound; null without an admin listener. Rejects with a ListenError. */
  async listen(): Promise<ListenAddress | null> {
    if (this.#server === null) return null;
    const address = await this.#server.listen();
    this.#loopDelay.start();
    this.#windowTimer = setInterval(() => this.#window.advance(performance.now()), stepMs);
    this.#windowTimer.unref();
    return address;
  }

  async close(): Promise<void> {
    this.#loopDelay.stop();
    if (this.#windowTimer !== null) clearInterval(this.#windowTimer);
    await this.#server?.close();
  }
}
