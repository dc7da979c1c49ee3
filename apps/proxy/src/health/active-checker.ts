import type { BackendConfig, HealthCheckConfig, ResolvedConfig } from "@evenkeel/config";
import {
  type Backend,
  type CheckedStatus,
  RiseFall,
  type Scoreboard,
  firstCheckDelayMs,
  nextCheckDelayMs,
} from "@evenkeel/core";
import { Agent } from "undici";
import { poolMembers } from "../pool-members.ts";
import { type ProbeResult, probe } from "./probe.ts";

/** A backend's status changed; for the log. */
export interface HealthChange {
  readonly pool: string;
  readonly backend: string;
  readonly from: CheckedStatus;
  readonly to: CheckedStatus;
  readonly reason: string;
}

interface Checked {
  readonly pool: string;
  readonly config: BackendConfig;
  readonly check: HealthCheckConfig;
  readonly backend: Backend;
  readonly state: RiseFall;
}

/**
 * The control plane's probes, once per backend whatever the number of workers. It is the only writer
 * of the scoreboard's readiness bits.
 */
export class ActiveChecker {
  readonly #scoreboard: Scoreboard;
  readonly #onChange: (change: HealthChange) => void;
  readonly #checked: readonly Checked[];
  readonly #timers: Set<NodeJS.Timeout> = new Set();
  readonly #dispatcher: Agent = new Agent({
    allowH2: false,
    pipelining: 0,
    maxResponseSize: 1 << 20,
  });
  #isStopped = false;

  /** Every backend is `unknown` and takes traffic from here on (design.md section 6). */
  constructor(
    config: ResolvedConfig,
    scoreboard: Scoreboard,
    onChange: (change: HealthChange) => void,
  ) {
    this.#scoreboard = scoreboard;
    this.#onChange = onChange;
    const members = poolMembers(config);
    for (const backend of members.flat()) scoreboard.setReady(backend.slot, true);
    this.#checked = config.pools.flatMap((pool, index) =>
      pool.backends.flatMap((backend, at) => checkedOf(pool.name, backend, members[index]?.[at])),
    );
  }

  start(): void {
    this.#checked.forEach((checked, index) => {
      this.#schedule(checked, firstCheckDelayMs(index, this.#checked.length, Math.random));
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.#dispatcher.destroy();
  }

  #schedule(checked: Checked, delayMs: number): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#run(checked);
    }, delayMs);
    this.#timers.add(timer);
  }

  async #run(checked: Checked): Promise<void> {
    const result = await probe(checked.config, checked.check, this.#dispatcher);
    if (this.#isStopped) return;
    this.#record(checked, result);
    const { check, state } = checked;
    this.#schedule(
      checked,
      nextCheckDelayMs({ ...check, inTransition: state.inTransition }, Math.random),
    );
  }

  #record(checked: Checked, result: ProbeResult): void {
    const transition = checked.state.record(result.passed);
    if (transition === undefined) return;
    this.#scoreboard.setReady(checked.backend.slot, transition.to !== "unhealthy");
    const { pool, backend } = checked;
    this.#onChange({ pool, backend: backend.id, ...transition, reason: result.reason });
  }
}

function checkedOf(pool: string, config: BackendConfig, backend: Backend | undefined): Checked[] {
  const check = config.healthCheck;
  if (check === null || backend === undefined) return [];
  return [{ pool, config, check, backend, state: new RiseFall(check) }];
}
