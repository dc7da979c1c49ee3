import type { Backend } from "../backend.ts";

const nothing: readonly Backend[] = [];

/**
 * Where each member stands in a ready list. A table made of all members is read through it, so that a
 * backend which is not ready costs no new table. Backends are known by id.
 */
export class ReadyPlaces {
  readonly #indexes = new Map<string, number>();
  #listed = nothing;
  #places = new Int32Array(0);
  /** For retries: their lists differ from request to request, and must not push out the lasting one. */
  #passing = new Int32Array(0);

  rebuild(members: readonly Backend[]): void {
    this.#indexes.clear();
    members.forEach(({ id }, index) => this.#indexes.set(id, index));
    this.#listed = nothing;
    this.#places = new Int32Array(members.length).fill(-1);
    this.#passing = new Int32Array(members.length);
  }

  /**
   * Per member, in the order of `rebuild`, its index in `ready`, or -1. Worked out when `ready` is
   * another array than before, or `isPassing`. The same array every time: read it before the next call.
   */
  of(ready: readonly Backend[], isPassing: boolean): Int32Array {
    if (isPassing) return this.#fill(this.#passing, ready);
    if (ready !== this.#listed) {
      this.#listed = ready;
      this.#fill(this.#places, ready);
    }
    return this.#places;
  }

  /** Its index in the order of `rebuild`, or -1. */
  memberOf({ id }: Backend): number {
    return this.#indexes.get(id) ?? -1;
  }

  #fill(places: Int32Array, ready: readonly Backend[]): Int32Array {
    places.fill(-1);
    for (let place = 0; place < ready.length; place++) {
      const index = this.#indexes.get((ready[place] as Backend).id);
      if (index !== undefined) places[index] = place;
    }
    return places;
  }
}
