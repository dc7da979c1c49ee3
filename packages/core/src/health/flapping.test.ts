import { describe, expect, test } from "vitest";
import { check, members, poolHealth, viewOf } from "../../test/pool-health.ts";
import { itemOf } from "../../test/backends.ts";
import { seeded } from "../../test/strategies.ts";
import type { HealthChange, PoolHealth } from "../index.ts";

/*
 * Four backends under 100 requests/s for five minutes; b0 works for 2 s, fails for 2 s, and so on. The
 * workers and the checker are those of the proxy, in virtual time and without delays.
 */
const tickMs = 10;
const lengthMs = 300_000;

function works(id: string, now: number): boolean {
  return id !== "b0" || Math.floor(now / 2_000) % 2 === 0;
}

class Flapping {
  readonly pool: PoolHealth;
  readonly changes: HealthChange[] = [];
  failedRequests = 0;
  ticksOut = 0;
  readonly #ids = members(4).map(({ id }) => id);
  readonly #row = new Map<string, number>();
  readonly #counts = new Map<string, { successes: number; failures: number }>();
  readonly #tokens = new Map<string, number>();
  readonly #checkedAt = new Map<string, number>();
  readonly #isChecked: boolean;
  #turn = 0;

  constructor(isChecked: boolean, seed: number) {
    this.#isChecked = isChecked;
    this.pool = poolHealth({ of: members(4, isChecked ? check : null), random: seeded(seed) });
  }

  run(): this {
    for (let now = tickMs; now <= lengthMs; now += tickMs) this.#tick(now);
    return this;
  }

  #tick(now: number): void {
    if (now >= this.pool.nextAdvanceAt(now - tickMs)) this.#take(this.pool.advance(now));
    if (this.#isChecked) for (const id of this.#ids) this.#checkIfDue(id, now);
    this.#request(now);
    if (now % 10_000 === 0) this.#sweep(now);
    if (this.pool.permission("b0") !== "full") this.ticksOut += 1;
  }

  #checkIfDue(id: string, now: number): void {
    const interval = this.pool.wantsCheck(id) ? 1_000 : 10_000;
    if (now - (this.#checkedAt.get(id) ?? -Infinity) < interval) return;
    this.#checkedAt.set(id, now);
    this.#take(this.pool.checked(id, works(id, now), "checked", now));
  }

  #request(now: number): void {
    const trial = this.#ids.find((id) => (this.#tokens.get(id) ?? 0) > 0);
    const full = this.#ids.filter((id) => this.pool.permission(id) === "full");
    const id = trial ?? itemOf(full, this.#turn++ % full.length);
    const succeeded = works(id, now);
    if (!succeeded) this.failedRequests += 1;
    if (trial !== undefined) {
      this.#tokens.set(id, 0);
      this.#take(this.pool.trialEnded(id, succeeded, now));
    } else this.#count(id, succeeded, now);
  }

  #count(id: string, succeeded: boolean, now: number): void {
    const row = succeeded ? 0 : (this.#row.get(id) ?? 0) + 1;
    this.#row.set(id, row);
    const { successes, failures } = this.#counts.get(id) ?? { successes: 0, failures: 0 };
    this.#counts.set(id, {
      successes: successes + (succeeded ? 1 : 0),
      failures: failures + (succeeded ? 0 : 1),
    });
    if (row > 0 && row % 5 === 0) this.#take(this.pool.failuresInRow(id, row, now));
  }

  #sweep(now: number): void {
    this.#take(this.pool.swept(new Map(this.#counts), now));
    this.#counts.clear();
  }

  #take(changes: readonly HealthChange[]): void {
    for (const change of changes) {
      this.changes.push(change);
      this.#tokens.set(change.backend, change.trialTokens);
      if (change.breaker === "closed") this.#row.set(change.backend, 0);
    }
  }

  /** How often `id` went in or out of service. */
  turns(id: string): number {
    const permissions = this.changes
      .filter(({ backend }) => backend === id)
      .map(({ permission }) => permission === "full");
    return permissions.filter((isIn, index) => isIn !== (permissions[index - 1] ?? true)).length;
  }
}

const cases = [false, true].flatMap((isChecked) =>
  [1, 2, 3, 4].map((seed) => ({ isChecked, seed })),
);

describe.each(cases)(
  "flapping every 2 s, checked: $isChecked, seed $seed",
  ({ isChecked, seed }) => {
    const flapping = new Flapping(isChecked, seed).run();

    test("a backend is out most of the time, and longer each time", () => {
      expect(flapping.ticksOut / (lengthMs / tickMs)).toBeGreaterThan(0.9);
      const lengths = flapping.changes.flatMap(({ untilMs, at }) =>
        untilMs === null ? [] : [untilMs - at],
      );
      const bases = lengths.map((ms) => Math.floor(ms / 30_000));
      expect(bases).toEqual(bases.map((_, index) => index + 1));
    });

    test("the pool does not oscillate: of 150 flaps it follows a few", () => {
      expect(flapping.turns("b0")).toBeLessThanOrEqual(10);
      expect(["b1", "b2", "b3"].map((id) => flapping.turns(id))).toEqual([0, 0, 0]);
      expect(viewOf(flapping.pool, "b1").status).toBe("healthy");
    });

    test("few requests are lost: of 30,000 it would have failed 3,750", () => {
      expect(flapping.failedRequests).toBeLessThan(50);
    });
  },
);
