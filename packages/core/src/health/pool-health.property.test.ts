import * as fc from "fast-check";
import { expect, test } from "vitest";
import { breaker, check, members, outlier, settings, viewOf } from "../../test/pool-health.ts";
import { seeded } from "../../test/strategies.ts";
import {
  PoolHealth,
  type HealthChange,
  type HealthSettings,
  type OperatorState,
} from "../index.ts";

type Step =
  | {
      readonly kind: "passed" | "failed" | "row" | "trial passed" | "trial failed";
      readonly on: number;
    }
  | { readonly kind: "operator"; readonly on: number; readonly state: OperatorState }
  | { readonly kind: "swept"; readonly percent: readonly number[] }
  | { readonly kind: "joined" | "left" }
  | { readonly kind: "waited" };

interface Play {
  readonly count: number;
  readonly isChecked: boolean;
  readonly settings: HealthSettings;
  readonly seed: number;
  /** Each with the time before it, in milliseconds. */
  readonly steps: readonly (readonly [elapsedMs: number, step: Step])[];
}

/** The first backends more often than the others: several events have to meet at one. */
const on = fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 6 }));
const operatorStates = fc.constantFrom<OperatorState>("active", "draining", "maintenance");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom("passed", "failed"), on }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("row"), on }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("trial passed", "trial failed"), on }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("operator"), on, state: operatorStates }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("swept"),
      percent: fc.array(fc.constantFrom(0, 1, 50, 100), { minLength: 7, maxLength: 7 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("joined", "left") }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("waited") }) },
);
const elapsedMs = fc.oneof(fc.nat({ max: 2_000 }), fc.nat({ max: 20_000 }));
const play: fc.Arbitrary<Play> = fc.record({
  count: fc.integer({ min: 1, max: 6 }),
  isChecked: fc.boolean(),
  settings: fc.record({
    breaker: fc.constantFrom(
      breaker,
      { ...breaker, resetTimeoutMs: 700, halfOpenRequests: 3 },
      null,
    ),
    outlier: fc.constantFrom(
      outlier,
      { ...outlier, maxEjected: 0.2 },
      { ...outlier, maxEjected: 1 },
      null,
    ),
    slowStartMs: fc.constantFrom(0, 10_000),
    panicThreshold: fc.constantFrom(0, 0.5, 1),
  }),
  seed: fc.nat(),
  steps: fc.array(fc.tuple(elapsedMs, step), { minLength: 20, maxLength: 80, size: "max" }),
});

interface Known {
  status: string;
  breaker: string;
  permission: string;
  tokens: number;
}

/** Plays, follows what the pool tells, and knows from outside only what the operator said. */
class Follower {
  readonly pool: PoolHealth;
  readonly #play: Play;
  readonly #known = new Map<string, Known>();
  readonly #operator = new Map<string, OperatorState>();
  readonly #lastCheckPassed = new Map<string, boolean>();
  #now = 0;
  #ids: string[];

  constructor(play: Play) {
    this.#play = play;
    const ofStart = this.#members(play.count);
    this.#ids = ofStart.map(({ id }) => id);
    this.pool = new PoolHealth({
      members: ofStart,
      settings: play.settings,
      random: seeded(play.seed),
      now: 0,
    });
    this.#learnNew();
  }

  run(): void {
    for (const [elapsed, step] of this.#play.steps) {
      if (step.kind === "waited") this.wait(1);
      else this.#now += elapsed;
      this.#follow(this.#apply(step), step);
      this.#checkAll();
    }
  }

  /** Nobody but the clock; every step of it has to be the next one that the pool asked for. */
  wait(steps: number): void {
    for (let count = 0; count < steps; count++) {
      const next = this.pool.nextAdvanceAt(this.#now);
      if (next === Infinity) return;
      expect(next).toBeGreaterThan(this.#now);
      this.#now = next;
      this.#follow(this.pool.advance(next), { kind: "waited" });
      this.#checkAll();
    }
  }

  #members(count: number) {
    return members(count, this.#play.isChecked ? check : null);
  }

  #apply(step: Step): readonly HealthChange[] {
    const now = this.#now;
    switch (step.kind) {
      case "passed":
      case "failed":
        return this.#check(`b${step.on}`, step.kind === "passed");
      case "row":
        return this.pool.failuresInRow(`b${step.on}`, 5, now);
      case "trial passed":
      case "trial failed":
        return this.pool.trialEnded(this.#onTrial(step.on), step.kind === "trial passed", now);
      case "operator":
        return this.#operate(`b${step.on}`, step.state);
      case "swept":
        return this.pool.swept(countsOf(step.percent), now);
      case "joined":
      case "left":
        return this.#resize(step.kind === "joined" ? 1 : -1);
      default:
        return this.pool.advance(now);
    }
  }

  /** Results of trials come from those on trial, and sometimes from others, too late. */
  #onTrial(on: number): string {
    const ids = this.#ids.filter((id) => this.pool.permission(id) === "trial");
    return ids[on] ?? `b${on}`;
  }

  #check(id: string, passed: boolean): readonly HealthChange[] {
    if (this.#known.has(id)) this.#lastCheckPassed.set(id, passed);
    return this.pool.checked(id, passed, "checked", this.#now);
  }

  #operate(id: string, state: OperatorState): readonly HealthChange[] {
    if (this.#known.has(id)) this.#operator.set(id, state);
    return this.pool.setOperatorState(id, state, "", this.#now);
  }

  #resize(by: number): readonly HealthChange[] {
    const count = Math.min(7, Math.max(1, this.#ids.length + by));
    const changes = this.pool.update(this.#members(count), this.#play.settings, this.#now);
    this.#ids = members(count).map(({ id }) => id);
    for (const id of this.#known.keys()) {
      if (!this.#ids.includes(id)) this.#forget(id);
    }
    this.#learnNew();
    return changes;
  }

  #forget(id: string): void {
    this.#known.delete(id);
    this.#operator.delete(id);
    this.#lastCheckPassed.delete(id);
  }

  /** Those who join are in no change: the control plane asks. */
  #learnNew(): void {
    for (const id of this.#ids) {
      if (this.#known.has(id)) continue;
      this.#known.set(id, this.#asked(id));
    }
  }

  #asked(id: string): Known {
    const { status, breaker, permission } = viewOf(this.pool, id);
    return { status, breaker, permission, tokens: this.pool.trialTokens(id) };
  }

  #follow(changes: readonly HealthChange[], step: Step): void {
    for (const change of changes) {
      const known = this.#known.get(change.backend);
      // One that left in this very event may have changed before.
      if (known === undefined) continue;
      this.#checkChange(change, known, step);
      const isEjection = known.breaker === "closed" && change.breaker === "open";
      known.status = change.to;
      known.breaker = change.breaker;
      known.permission = change.permission;
      known.tokens = change.trialTokens;
      if (isEjection) this.#checkRoom(change.backend);
    }
  }

  #checkChange(change: HealthChange, known: Known, step: Step): void {
    expect(change.from).toBe(known.status);
    expect(change.reason).not.toBe("");
    expect(change.at).toBe(this.#now);
    const isNews =
      change.from !== change.to ||
      change.breaker !== known.breaker ||
      change.permission !== known.permission;
    expect(isNews || change.trialTokens > 0).toBe(true);
    if (change.breaker === "open") expect(change.untilMs).toBeGreaterThanOrEqual(this.#now);
    else expect(change.untilMs).toBeNull();
    if (known.breaker !== "closed" && change.breaker === "closed") {
      expect(step.kind).toBe("trial passed");
    }
  }

  /** After an ejection: within the cap, and somebody is left. */
  #checkRoom(ejectedId: string): void {
    const active = this.#ids.filter((id) => this.#isActive(id)).map((id) => this.#known.get(id));
    const ejected = active.filter((one) => one?.breaker !== "closed").length;
    const share = this.#play.settings.outlier?.maxEjected ?? 0.5;
    expect(ejected).toBeLessThanOrEqual(Math.max(1, Math.floor(active.length * share)));
    const others = this.#ids.filter((id) => id !== ejectedId).map((id) => this.#known.get(id));
    expect(others.some((one) => one?.breaker === "closed" && one.permission === "full")).toBe(true);
  }

  #isActive(id: string): boolean {
    return (this.#operator.get(id) ?? "active") === "active";
  }

  #checkAll(): void {
    for (const id of this.#ids) this.#checkOne(id);
    this.#checkPanic();
    expect(this.pool.nextAdvanceAt(this.#now)).toBeGreaterThan(this.#now);
  }

  #checkOne(id: string): void {
    const known = this.#asked(id);
    expect(known).toEqual(this.#known.get(id));
    const { status, permission } = known;
    const operator = this.#operator.get(id) ?? "active";
    if (operator === "active") expect(["draining", "maintenance"]).not.toContain(status);
    else expect([status, permission]).toEqual([operator, "none"]);
    expect(this.#mayBe(id, known)).toContain(permission);
    expect(known.tokens > 0).toBe(permission === "trial");
    const share = this.pool.rampShare(id, this.#now);
    expect(share).toBeGreaterThanOrEqual(0.1);
    expect(share).toBeLessThanOrEqual(1);
  }

  /** The permissions that status and breaker leave open. */
  #mayBe(id: string, { status, breaker }: Known): string[] {
    const panic = this.pool.isPanicking && status === "ejected" ? "full" : "none";
    if (status === "unhealthy" && this.#lastCheckPassed.get(id) !== true) return ["none"];
    if (breaker === "open") return [panic];
    if (breaker === "half-open") return [panic, "trial"];
    return status === "healthy" ? ["full"] : ["none", "full"];
  }

  #checkPanic(): void {
    const asked = this.#ids.filter((id) => this.#isActive(id)).map((id) => this.#asked(id));
    const expected = asked.filter(
      ({ status, permission }) => status !== "unknown" || permission !== "none",
    );
    const serving = expected.filter(
      ({ breaker, permission }) =>
        permission === "trial" || (permission === "full" && breaker === "closed"),
    );
    const isShort = serving.length / expected.length < this.#play.settings.panicThreshold;
    expect(this.pool.isPanicking).toBe(isShort);
  }
}

function countsOf(percent: readonly number[]) {
  return new Map(
    percent.map((failures, index) => [`b${index}`, { successes: 100 - failures, failures }]),
  );
}

test("whatever happens, its changes tell all, its rules hold, and time alone readmits nobody", () => {
  fc.assert(
    fc.property(play, (play) => {
      const follower = new Follower(play);
      follower.run();
      follower.wait(30);
    }),
    { numRuns: 60 },
  );
});

test("the same events give the same changes", () => {
  fc.assert(
    fc.property(play, (play) => {
      const [one, other] = [new Follower(play), new Follower(play)];
      one.run();
      other.run();
      const ids = members(7).map(({ id }) => id);
      expect(ids.map((id) => one.pool.view(id))).toEqual(ids.map((id) => other.pool.view(id)));
    }),
    { numRuns: 20 },
  );
});

test("a pool with default settings forgets everything: in the end all serve in full", () => {
  fc.assert(
    fc.property(play, (play) => {
      const calm = {
        ...play,
        settings,
        steps: play.steps.filter(([, { kind }]) => kind !== "operator"),
      };
      const follower = new Follower(calm);
      follower.run();
      const { pool } = follower;
      const ids = members(7)
        .map(({ id }) => id)
        .filter((id) => pool.view(id) !== undefined);
      for (let now = 1e9; now < 1e9 + 1_000_000; now += 1_000) {
        for (const id of ids) pool.checked(id, true, "GET / answered 200", now);
        for (const id of ids) {
          if (pool.permission(id) === "trial") pool.trialEnded(id, true, now);
        }
      }
      for (const id of ids) {
        const { status, permission, ejections } = viewOf(pool, id);
        expect([status, permission, ejections]).toEqual(["healthy", "full", 0]);
      }
    }),
    { numRuns: 20 },
  );
});
