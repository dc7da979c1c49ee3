import { describe, expect, test } from "vitest";
import { seeded } from "../../test/strategies.ts";
import { AdaptiveLimit } from "./adaptive-limit.ts";

interface Backend {
  readonly slots: number;
  /** Mean of the exponentially distributed service time at a moment, in milliseconds. */
  readonly serviceMs: (now: number) => number;
  /** Requests that clients have at a time; more than the limit unless said otherwise. */
  readonly demand?: number;
  readonly most?: number;
}

interface Second {
  readonly limit: number;
  readonly served: number;
}

interface Attempt {
  readonly startedAt: number;
  endsAt: number;
}

/** A backend with slots and a queue in first-come order, asked for as much as the limit allows. */
class Loaded {
  readonly limit: AdaptiveLimit;
  readonly #backend: Backend;
  readonly #random = seeded(11);
  readonly #queue: Attempt[] = [];
  readonly #busy: Attempt[] = [];
  #now = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.limit = new AdaptiveLimit(backend.most ?? 1_000);
    this.#fill();
  }

  /** Per second its last limit and how many were served. */
  run(seconds: number): Second[] {
    return Array.from({ length: seconds }, () => {
      const until = this.#now + 1_000;
      let served = 0;
      for (let next = this.#earliest(); next.endsAt <= until; next = this.#earliest()) {
        this.#end(next);
        served++;
      }
      this.#now = until;
      return { limit: this.limit.limit, served };
    });
  }

  get #inFlight(): number {
    return this.#queue.length + this.#busy.length;
  }

  #earliest(): Attempt {
    return this.#busy.reduce((one, other) => (other.endsAt < one.endsAt ? other : one));
  }

  #end(attempt: Attempt): void {
    this.#now = attempt.endsAt;
    this.limit.answered(attempt.startedAt, this.#now, this.#inFlight);
    this.#busy.splice(this.#busy.indexOf(attempt), 1);
    this.#fill();
  }

  #fill(): void {
    const { slots, serviceMs, demand = Infinity } = this.#backend;
    while (this.#inFlight < Math.min(demand, this.limit.limit)) {
      this.#queue.push({ startedAt: this.#now, endsAt: 0 });
    }
    while (this.#busy.length < slots && this.#queue.length > 0) {
      const attempt = this.#queue.shift() as Attempt;
      attempt.endsAt = this.#now - Math.log(1 - this.#random()) * serviceMs(this.#now);
      this.#busy.push(attempt);
    }
  }
}

function mean(seconds: readonly Second[], of: keyof Second): number {
  return seconds.reduce((sum, second) => sum + second[of], 0) / seconds.length;
}

describe("under a load that would take any number of places", () => {
  test.each([4, 10, 50])("with %d slots it settles between one and two times as many", (slots) => {
    const seconds = new Loaded({ slots, serviceMs: () => 20 }).run(120).slice(60);
    expect(mean(seconds, "limit")).toBeGreaterThan(slots);
    expect(mean(seconds, "limit")).toBeLessThan(2 * slots + 2);
    expect(mean(seconds, "served")).toBeGreaterThan(0.95 * slots * 50);
  });

  test("it does not drift away when that goes on for half an hour", () => {
    const seconds = new Loaded({ slots: 10, serviceMs: () => 20 }).run(1_800);
    expect(mean(seconds.slice(-60), "limit")).toBeLessThan(22);
    expect(mean(seconds.slice(-60), "served")).toBeGreaterThan(475);
  });

  test("it shrinks while the backend is slow, and recovers afterwards", () => {
    const slow = { from: 60_000, until: 90_000 };
    const isSlow = (now: number): boolean => now >= slow.from && now < slow.until;
    const seconds = new Loaded({
      slots: 20,
      serviceMs: (now) => (isSlow(now) ? 200 : 20),
    }).run(180);
    const before = mean(seconds.slice(30, 60), "limit");
    expect(mean(seconds.slice(80, 90), "limit")).toBeLessThan(before / 2);
    expect(mean(seconds.slice(120, 180), "limit")).toBeGreaterThan(20);
    expect(mean(seconds.slice(120, 180), "limit")).toBeLessThan(44);
    expect(mean(seconds.slice(120, 180), "served")).toBeGreaterThan(950);
  });

  test("it finds room again at a backend that stays slower than it was", () => {
    const seconds = new Loaded({ slots: 50, serviceMs: (now) => (now < 60_000 ? 20 : 100) });
    const after = seconds.run(600).slice(500);
    // A tenth below what the backend could do at the most.
    expect(mean(after, "served")).toBeGreaterThan(450);
  });

  test("it stays below its ceiling", () => {
    const seconds = new Loaded({ slots: 50, serviceMs: () => 20, most: 30 }).run(60);
    expect(Math.max(...seconds.map(({ limit }) => limit))).toBe(30);
  });
});

test("little traffic does not raise it: any limit looks good then", () => {
  const [first, ...rest] = new Loaded({ slots: 50, serviceMs: () => 20, demand: 5 }).run(120);
  expect(rest.every(({ limit }) => limit === first?.limit)).toBe(true);
});

test("at the least one request may be tried", () => {
  const limit = new AdaptiveLimit(1);
  let now = 0;
  for (let count = 0; count < 5_000; count++) {
    limit.answered(now, now + 10 + count, 1);
    now += 10 + count;
    expect(limit.limit).toBe(1);
  }
});
