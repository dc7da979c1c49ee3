/** The places of one generation, not yet in force. */
export interface NextPlaces {
  /** Of a key that was asked for. */
  of(key: string): number;
  /** Places that nobody had in the generation before. */
  readonly added: readonly number[];
  /** It is in force; the answer is the places that nobody has any more. */
  settle(): readonly number[];
}

/** So many generations a place rests: a request that still knows whose it was should be long over by then. */
export const restGenerations = 64;

interface Rested {
  readonly place: number;
  /** The generation after which it was nobody's. */
  readonly since: number;
}

/**
 * Gives numbered places to keys. A key that stays keeps its place, and so does one that comes back while
 * something of it is still running. Otherwise its place rests, and is then taken before any that nobody has had
 * yet: what was never touched costs no memory.
 */
export class KeyedPlaces {
  readonly #isQuiet: (place: number) => boolean;
  readonly #count: number;
  /** Longest free first. */
  #rested: readonly Rested[] = [];
  /** Places from here on nobody has had. */
  #untouched = 0;
  #generation = 0;
  /** Of keys that are gone, while something in them still runs. */
  readonly #left: Map<string, number> = new Map();
  #byKey: ReadonlyMap<string, number> = new Map();

  /** `isQuiet`: nothing that was begun in this place is still running. */
  constructor(count: number, isQuiet: (place: number) => boolean) {
    this.#count = count;
    this.#isQuiet = isQuiet;
  }

  /** null when there are too few. */
  next(keys: readonly string[]): NextPlaces | null {
    this.#reclaim();
    const newKeys = keys.filter((key) => !this.#byKey.has(key));
    const back = newKeys.filter((key) => this.#left.has(key));
    const count = newKeys.length - back.length;
    const free = this.#freePlaces();
    if (count > free.length) return null;
    const taken = free.slice(0, count);
    let next = 0;
    const placeOf = (key: string): number =>
      this.#byKey.get(key) ?? this.#left.get(key) ?? (taken[next++] as number);
    const byKey = new Map(keys.map((key) => [key, placeOf(key)]));
    const of = (key: string): number => byKey.get(key) as number;
    return {
      of,
      added: newKeys.map(of),
      settle: () => this.#settle(byKey, taken),
    };
  }

  /** Those to be taken first, first. */
  #freePlaces(): readonly number[] {
    const isRested = ({ since }: Rested): boolean => since + restGenerations <= this.#generation;
    const untouched = Array.from(
      { length: this.#count - this.#untouched },
      (_, index) => this.#untouched + index,
    );
    const ready = this.#rested.filter(isRested).map(({ place }) => place);
    const early = this.#rested.filter((one) => !isRested(one)).map(({ place }) => place);
    return [...ready, ...untouched, ...early];
  }

  #settle(byKey: ReadonlyMap<string, number>, taken: readonly number[]): readonly number[] {
    this.#generation++;
    this.#untouched = Math.max(this.#untouched, ...taken.map((place) => place + 1));
    this.#rested = this.#rested.filter(({ place }) => !taken.includes(place));
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
      this.#rested = [...this.#rested, { place, since: this.#generation }];
    }
  }
}
