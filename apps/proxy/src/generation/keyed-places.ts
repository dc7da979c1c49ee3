/** The places of one generation, not yet in force. */
export interface NextPlaces {
  /** Of a key that was asked for. */
  of(key: string): number;
  /** Places that nobody had in the generation before. */
  readonly added: readonly number[];
  /** It is in force; the answer is the places that nobody has any more. */
  settle(): readonly number[];
  drop(): void;
}

/**
 * Gives numbered places to keys. A key that stays keeps its place, and so does one that comes back while
 * something of it is still running. Otherwise its place goes to whoever comes after all others that are
 * free: a request of an old generation that still knows the place should be long over by then.
 */
export class KeyedPlaces {
  readonly #isQuiet: (place: number) => boolean;
  /** Longest free first. */
  readonly #free: number[];
  /** Of keys that are gone, while something in them still runs. */
  readonly #left: Map<string, number> = new Map();
  #byKey: ReadonlyMap<string, number> = new Map();

  /** `isQuiet`: nothing that was begun in this place is still running. */
  constructor(count: number, isQuiet: (place: number) => boolean) {
    this.#free = Array.from({ length: count }, (_, place) => place);
    this.#isQuiet = isQuiet;
  }

  /** null when there are too few. */
  next(keys: readonly string[]): NextPlaces | null {
    this.#reclaim();
    const newKeys = keys.filter((key) => !this.#byKey.has(key));
    const back = newKeys.filter((key) => this.#left.has(key));
    const count = newKeys.length - back.length;
    if (count > this.#free.length) return null;
    const taken = this.#free.splice(0, count);
    let next = 0;
    const placeOf = (key: string): number =>
      this.#byKey.get(key) ?? this.#left.get(key) ?? (taken[next++] as number);
    const byKey = new Map(keys.map((key) => [key, placeOf(key)]));
    const of = (key: string): number => byKey.get(key) as number;
    return {
      of,
      added: newKeys.map(of),
      settle: () => this.#settle(byKey),
      drop: () => this.#free.unshift(...taken),
    };
  }

  #settle(byKey: ReadonlyMap<string, number>): readonly number[] {
    const gone = [...this.#byKey].filter(([key]) => !byKey.has(key));
    for (const key of byKey.keys()) this.#left.delete(key);
    for (const [key, place] of gone) this.#left.set(key, place);
    this.#byKey = byKey;
    return gone.map(([, place]) => place);
  }

  #reclaim(): void {
    for (const [key, place] of this.#left) {
      if (!this.#isQuiet(place)) continue;
      this.#left.delete(key);
      this.#free.push(place);
    }
  }
}
