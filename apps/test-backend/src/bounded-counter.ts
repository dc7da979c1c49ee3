/**
 * Counts how often each key was seen, and keeps at most `limit` keys: the one unseen for longest is
 * forgotten first, so a key in steady use keeps its exact count. `forgotten` above zero says that
 * some counts are gone.
 */
export class BoundedCounter {
  readonly #counts = new Map<string, number>();
  readonly #limit: number;
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keys dropped since the start. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Counts `key` once more. */
  record(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    // A Map iterates in insertion order: inserting anew makes this key the last to be forgotten.
    if (count > 0) this.#counts.delete(key);
    else if (this.#counts.size >= this.#limit) this.#forgetOldest();
    this.#counts.set(key, count + 1);
  }

  /** A copy as a plain object; a key such as `__proto__` is an ordinary key in it. */
  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  #forgetOldest(): void {
    const oldest = this.#counts.keys().next();
    if (oldest.done === true) return;
    this.#counts.delete(oldest.value);
    this.#forgotten += 1;
  }
}
