import type { Backend } from "../backend.ts";
import type { HashRing } from "./hash-ring.ts";
import type { KeyTable } from "./key-affinity.ts";
import type { PickFacts } from "./strategy.ts";

/**
 * With little traffic the bound would be 1 or 2 and leave no affinity; below this many requests in
 * flight no backend is full (algorithms.md section 5.5).
 */
const leastCap = 4;

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, SODA 2018): no pick takes a
 * backend above `bound` times its share of the requests in flight, this one included, by weight and
 * rounded up, over the ready backends and all workers. A key whose backend is full goes on along the
 * ring, so the hottest keys spread over a few backends, always in the same order.
 *
 * The caps add up to more than what is in flight, so one backend has room at any moment. As each of a
 * backend's points has its own successor, a full one's keys spread over all others instead of filling
 * the next one.
 */
export class BoundedRing implements KeyTable {
  readonly #ring: HashRing;
  readonly #bound: number;
  readonly #inFlight: (backend: Backend) => number;
  /** Per member the number of the last pick that found it full. */
  #refusedBy = new Float64Array(0);
  #pick = 0;
  /** Of this pick; 0 until it is needed. */
  #capPerWeight = 0;

  /** `bound` is 1 or more. */
  constructor(ring: HashRing, bound: number, inFlight: (backend: Backend) => number) {
    this.#ring = ring;
    this.#bound = bound;
    this.#inFlight = inFlight;
  }

  rebuild(members: readonly Backend[]): void {
    this.#ring.rebuild(members);
    this.#refusedBy = new Float64Array(members.length);
    this.#pick = 0;
  }

  find(keyHash: number, places: Int32Array, ready: readonly Backend[]): number {
    const { owners } = this.#ring;
    const { length } = owners;
    this.#pick++;
    this.#capPerWeight = 0;
    let at = this.#ring.seek(keyHash);
    let first = -1;
    for (let left = length; left > 0; left--) {
      const owner = owners[at] as number;
      const place = places[owner] as number;
      at = at + 1 === length ? 0 : at + 1;
      if (place < 0 || this.#refusedBy[owner] === this.#pick) continue;
      if (this.#hasRoom(ready[place] as Backend, ready)) return place;
      this.#refusedBy[owner] = this.#pick;
      if (first < 0) first = place;
    }
    // Only when other workers filled up what was free while we looked.
    return first;
  }

  nearness(keyHash: number, member: number, backend: Backend): PickFacts {
    return { ...this.#ring.nearness(keyHash, member), inFlight: this.#inFlight(backend) };
  }

  /** Sums up all loads once per pick, and not at all while the backends looked at are nearly idle. */
  #hasRoom(backend: Backend, ready: readonly Backend[]): boolean {
    const load = this.#inFlight(backend);
    if (load < leastCap) return true;
    if (this.#capPerWeight === 0) this.#capPerWeight = this.#sumUp(ready);
    return load < Math.ceil(this.#capPerWeight * backend.weight);
  }

  #sumUp(ready: readonly Backend[]): number {
    let total = 1;
    let weights = 0;
    for (let index = 0; index < ready.length; index++) {
      const backend = ready[index] as Backend;
      total += this.#inFlight(backend);
      weights += backend.weight;
    }
    return (this.#bound * total) / weights;
  }
}
