/** Ids that are unique over workers and restarts: start time, a random part, and a counter. */
export class RequestIds {
  readonly #prefix: string;
  #count = 0;

  constructor(startedAtMs: number, random: () => number) {
    const noise = Math.floor(random() * 36 ** 5);
    const start = Math.floor(startedAtMs / 1000).toString(36);
    this.#prefix = `${start}${noise.toString(36).padStart(5, "0")}-`;
  }

  next(): string {
    return this.#prefix + (this.#count++).toString(36);
  }
}

const acceptable = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** A trusted peer's id is kept when it is harmless in a log and a field (security.md row 98). */
export function isAcceptableRequestId(id: string): boolean {
  return acceptable.test(id);
}
