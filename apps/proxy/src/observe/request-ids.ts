/** Ids that are unique over workers and restarts: start time, a random part, and a counter. */
export class RequestIds {
  readonly #prefix: string;
  /** The prefix with the count's leading digits; changes once per block. */
  #block: string;
  #blocks = 0;
  #endings = 0;

  constructor(startedAtMs: number, random: () => number) {
    const noise = Math.floor(random() * 36 ** 5);
    const start = Math.floor(startedAtMs / 1000).toString(36);
    this.#prefix = `${start}${noise.toString(36).padStart(5, "0")}-`;
    this.#block = `${this.#prefix}0`;
  }

  next(): string {
    if (this.#endings === endings.length) {
      this.#endings = 0;
      this.#block = this.#prefix + (++this.#blocks).toString(36);
    }
    return this.#block + (endings[this.#endings++] as string);
  }
}

/** The last two digits of a count, all of them: writing a number to base 36 is slow. */
const endings: readonly string[] = Array.from({ length: 36 ** 2 }, (_, count) =>
  count.toString(36).padStart(2, "0"),
);

const acceptable = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** A trusted peer's id is kept when it is harmless in a log and a field (security.md row 98). */
export function isAcceptableRequestId(id: string): boolean {
  return acceptable.test(id);
}
