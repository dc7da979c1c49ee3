import type { BackendConfig, HealthCheckConfig, ResolvedConfig } from "@evenkeel/config";
import { type Backend, firstCheckDelayMs, nextCheckDelayMs } from "@evenkeel/core";
import { Agent } from "undici";
import { poolMembers } from "../pool-members.ts";
import { type ProbeResult, probe } from "./probe.ts";

export interface CheckHooks {
  readonly checked: (backend: Backend, result: ProbeResult) => void;
  /** A verdict is in doubt: the next check comes at the fast interval. */
  readonly wantsCheck: (backend: Backend) => boolean;
}

interface Checked {
  readonly config: BackendConfig;
  readonly check: HealthCheckConfig;
  readonly backend: Backend;
  timer: NodeJS.Timeout | null;
  /** When the timer fires, monotonic milliseconds. */
  dueAt: number;
  /** When the last one began, likewise. */
  startedAt: number;
}

/** Between two checks of one backend that traffic asks for: a storm of failures must not become one of checks. */
const leastGapMs = 250;

/** Probes at a time: a thousand backends that hang must not take a thousand sockets at once. */
const mostProbes = 256;

/** Sends the probes, once per backend whatever the number of workers. What they mean is decided elsewhere. */
export class ActiveChecks {
  readonly #hooks: CheckHooks;
  readonly #checked: readonly Checked[];
  readonly #bySlot: ReadonlyMap<number, Checked>;
  readonly #dispatcher: Agent = new Agent({
    allowH2: false,
    pipelining: 0,
    maxResponseSize: 1 << 20,
  });
  readonly #waiting: Checked[] = [];
  #running = 0;
  #isStopped = false;

  constructor(config: ResolvedConfig, hooks: CheckHooks) {
    this.#hooks = hooks;
    const members = poolMembers(config);
    this.#checked = config.pools.flatMap((pool, index) =>
      pool.backends.flatMap((backend, at) => checkedOf(backend, members[index]?.[at])),
    );
    this.#bySlot = new Map(this.#checked.map((checked) => [checked.backend.slot, checked]));
  }

  start(): void {
    this.#checked.forEach((checked, index) => {
      this.#schedule(checked, firstCheckDelayMs(index, this.#checked.length, Math.random));
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { timer } of this.#checked) clearTimeout(timer ?? undefined);
    await this.#dispatcher.destroy();
  }

  /** At once, unless one is on its way or has only just been. */
  checkSoon({ slot }: Backend): void {
    const checked = this.#bySlot.get(slot);
    if (checked === undefined || checked.timer === null) return;
    const now = performance.now();
    const delayMs = Math.max(0, checked.startedAt + leastGapMs - now);
    if (checked.dueAt > now + delayMs) this.#schedule(checked, delayMs);
  }

  #schedule(checked: Checked, delayMs: number): void {
    clearTimeout(checked.timer ?? undefined);
    checked.timer = null;
    if (this.#isStopped) return;
    checked.dueAt = performance.now() + delayMs;
    checked.timer = setTimeout(() => {
      checked.timer = null;
      checked.startedAt = performance.now();
      if (this.#running < mostProbes) void this.#run(checked);
      else this.#waiting.push(checked);
    }, delayMs);
  }

  async #run(checked: Checked): Promise<void> {
    this.#running++;
    const result = await probe(checked.config, checked.check, this.#dispatcher);
    this.#running--;
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#run(next);
    if (this.#isStopped) return;
    this.#hooks.checked(checked.backend, result);
    const inTransition = this.#hooks.wantsCheck(checked.backend);
    this.#schedule(checked, nextCheckDelayMs({ ...checked.check, inTransition }, Math.random));
  }
}

function checkedOf(config: BackendConfig, backend: Backend | undefined): Checked[] {
  const check = config.healthCheck;
  if (check === null || backend === undefined) return [];
  return [{ config, check, backend, timer: null, dueAt: 0, startedAt: -Infinity }];
}
