import type { ListenAddress } from "@evenkeel/config";
import type { MetricSources } from "../metrics/metric.ts";
import { LoopDelay } from "../observe/loop-delay.ts";
import type { Notice } from "../observe/notices.ts";
import type { AdminContext, Phase } from "./admin-route.ts";
import { AdminServer } from "./admin-server.ts";

export interface AdminListenerOptions extends Omit<
  MetricSources,
  "config" | "reloads" | "loopDelays" | "health"
> {
  readonly generations: AdminContext["generations"];
  readonly reread: AdminContext["reread"];
  readonly health: AdminContext["health"];
  readonly strategies: AdminContext["strategies"];
  readonly onNotice: (notice: Notice) => void;
}

/** The admin server, where the configuration asks for one, and what only it needs. */
export class AdminListener {
  /** What `/readyz` goes by, besides the backends. */
  phase: Phase = "starting";
  readonly #server: AdminServer | null;
  readonly #loopDelay: LoopDelay = new LoopDelay();

  constructor({ onNotice, strategies, generations, reread, ...known }: AdminListenerOptions) {
    const { scoreboard, health } = known;
    const metrics: MetricSources = {
      ...known,
      get config() {
        return generations.config;
      },
      reloads: generations.counts,
      loopDelays: this.#loopDelay.delays,
    };
    const phase = (): Phase => this.phase;
    const context: AdminContext = {
      get config() {
        return generations.config;
      },
      ...{ generations, reread, scoreboard, health, strategies, metrics, phase },
    };
    const onError = (message: string): void =>
      onNotice({ kind: "admin-failed", message, count: 1 });
    const { admin } = generations.config;
    this.#server = admin === null ? null : new AdminServer({ config: admin, context, onError });
  }

  /** The address that was bound; null without an admin listener. Rejects with a ListenError. */
  async listen(): Promise<ListenAddress | null> {
    if (this.#server === null) return null;
    const address = await this.#server.listen();
    this.#loopDelay.start();
    return address;
  }

  async close(): Promise<void> {
    this.#loopDelay.stop();
    await this.#server?.close();
  }
}
