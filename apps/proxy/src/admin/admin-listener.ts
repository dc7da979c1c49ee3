import type { Worker } from "node:worker_threads";
import type { ListenAddress } from "@evenkeel/config";
import type { MetricSources } from "../metrics/metric.ts";
import { stepMs, TrafficWindow } from "../observe/traffic-window.ts";
import { LoopDelay } from "../observe/loop-delay.ts";
import type { Notice } from "../observe/notices.ts";
import { Profiler } from "../profiling/profiler.ts";
import type { AdminContext, Phase } from "./admin-route.ts";
import type { AdminCall } from "./audit.ts";
import { AdminServer } from "./admin-server.ts";

export interface AdminListenerOptions extends Omit<MetricSources, "loopDelays" | "health"> {
  readonly health: AdminContext["health"];
  readonly strategies: AdminContext["strategies"];
  /** By index; null while one is being replaced. */
  readonly workerThreads: () => readonly (Worker | null)[];
  readonly onNotice: (notice: Notice) => void;
  readonly onCall: (call: AdminCall) => void;
}

/** The admin server, where the configuration asks for one, and what only it needs. */
export class AdminListener {
  /** What `/readyz` goes by, besides the backends. */
  phase: Phase = "starting";
  readonly #server: AdminServer | null;
  readonly #loopDelay: LoopDelay = new LoopDelay();
  readonly #window: TrafficWindow;
  #windowTimer: NodeJS.Timeout | null = null;

  constructor({ onNotice, onCall, strategies, workerThreads, ...known }: AdminListenerOptions) {
    const { config, scoreboard, health, counters } = known;
    this.#window = new TrafficWindow(scoreboard.shape, counters, performance.now());
    const metrics = { ...known, loopDelays: this.#loopDelay.delays };
    const phase = (): Phase => this.phase;
    const profiler = new Profiler(workerThreads);
    const recent = (): TrafficWindow => {
      this.#window.advance(performance.now());
      return this.#window;
    };
    const context = { config, scoreboard, health, strategies, metrics, recent, profiler, phase };
    const onError = (message: string): void =>
      onNotice({ kind: "admin-failed", message, count: 1 });
    this.#server =
      config.admin === null
        ? null
        : new AdminServer({ config: config.admin, context, onError, onCall });
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
