import { firstCheckDelayMs, nextCheckDelayMs, type Random, RiseFall } from "@evenkeel/core";
import type { SimulatedChecks } from "./pool-simulation.ts";

/** One balancer's active check of one backend: what the proxy's control plane does, without sockets. */
export class Checker {
  readonly balancer: number;
  readonly slot: number;
  readonly #checks: SimulatedChecks;
  readonly #machine: RiseFall;
  readonly #random: Random;

  constructor(checks: SimulatedChecks, balancer: number, slot: number, random: Random) {
    this.#checks = checks;
    this.balancer = balancer;
    this.slot = slot;
    this.#machine = new RiseFall(checks);
    this.#random = random;
  }

  firstDelayMs(count: number): number {
    return firstCheckDelayMs(this.slot, count, this.#random);
  }

  nextDelayMs(): number {
    return nextCheckDelayMs(
      { ...this.#checks, inTransition: this.#machine.inTransition },
      this.#random,
    );
  }

  /** Whether the backend may take traffic from now on; undefined when that does not change. */
  record(passed: boolean): boolean | undefined {
    const transition = this.#machine.record(passed);
    return transition === undefined ? undefined : transition.to !== "unhealthy";
  }
}
