import { isDeepStrictEqual } from "node:util";
import type { BackendConfig, HealthCheckConfig } from "@evenkeel/config";
import { type Backend, firstCheckDelayMs, nextCheckDelayMs } from "@evenkeel/core";
import { type PlacedConfig, type PlacedPool, membersOf } from "../generation/placed-config.ts";
import { ProbeDispatchers } from "./probe-dispatchers.ts";
import { type ProbeResult, type ProbeRoute, probe } from "./probe.ts";

export interface CheckHooks {
  readonly checked: (backend: Backend, result: ProbeResult) => void;
  /** A verdict is in doubt: the next check comes at the fast interval. */
  readonly wantsCheck: (backend: Backend) => boolean;
}

interface Checked {
  readonly config: BackendConfig;
  readonly check: HealthCheckConfig;
  readonly backend: Backend;
  readonly route: ProbeRoute;
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
  #bySlot: ReadonlyMap<number, Checked>;
  readonly #dispatchers = new ProbeDispatchers();
  readonly #waiting: Checked[] = [];
  #running = 0;
  #isStopped = false;

  constructor(config: PlacedConfig, hooks: CheckHooks) {
    this.#hooks = hooks;
    this.#bySlot = bySlot(config, this.#dispatchers);
  }

  start(): void {
    const { size } = this.#bySlot;
    [...this.#bySlot.values()].forEach((checked, index) => {
      this.#schedule(checked, firstCheckDelayMs(index, size, Math.random));
    });
  }

  /**
   * The configuration changed. Whose check stays as it was keeps its rhythm; the others are asked now, but
   * for those in `asked`, which have just been, with what came of it.
   */
  follow(config: PlacedConfig, asked: ReadonlyMap<number, ProbeResult>): void {
    const former = this.#bySlot;
    const next = new Map(
      [...bySlot(config, this.#dispatchers)].map(([slot, checked]) => {
        const known = former.get(slot);
        return [slot, isSameCheck(known, checked) ? known : checked];
      }),
    );
    this.#bySlot = next;
    for (const [slot, checked] of former) {
      if (next.get(slot) !== checked) clearTimeout(checked.timer ?? undefined);
    }
    for (const [slot, checked] of next) {
      if (former.get(slot) === checked) continue;
      const result = asked.get(slot);
      const timing = { ...checked.check, inTransition: result?.passed === false };
      this.#schedule(checked, result === undefined ? 0 : nextCheckDelayMs(timing, Math.random));
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { timer } of this.#bySlot.values()) clearTimeout(timer ?? undefined);
    await this.#dispatchers.destroy();
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
    const result = await probe(checked.config, checked.check, checked.route);
    this.#running--;
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#run(next);
    if (this.#isStopped || this.#bySlot.get(checked.backend.slot) !== checked) return;
    this.#hooks.checked(checked.backend, result);
    const inTransition = this.#hooks.wantsCheck(checked.backend);
    this.#schedule(checked, nextCheckDelayMs({ ...checked.check, inTransition }, Math.random));
  }
}

function bySlot(
  { pools }: PlacedConfig,
  dispatchers: ProbeDispatchers,
): ReadonlyMap<number, Checked> {
  const checked = pools.flatMap((pool) => checkedOf(pool, dispatchers));
  return new Map(checked.map((one) => [one.backend.slot, one]));
}

function checkedOf(pool: PlacedPool, dispatchers: ProbeDispatchers): Checked[] {
  const members = membersOf(pool);
  return pool.backends.flatMap((config, index) => {
    const [check, backend] = [config.healthCheck, members[index]];
    if (check === null || backend === undefined) return [];
    const route = dispatchers.routeTo(config, pool);
    return [{ config, check, backend, route, timer: null, dueAt: 0, startedAt: -Infinity }];
  });
}

/** A slot is that of one address, so only the check itself and what it begins with can differ. */
function isSameCheck(known: Checked | undefined, next: Checked): known is Checked {
  if (known?.route.preface !== next.route.preface) return false;
  return isDeepStrictEqual(known.check, next.check);
}
