/** Something an operator should know that may happen thousands of times a second. */
export interface Notice {
  readonly kind:
    | "connections-limited"
    | "accept-failed"
    | "socket-mode"
    | "proxy-header-refused"
    | "descriptors-exhausted"
    | "requests-shed"
    | "admin-failed";
  readonly message: string;
  /** Times since the last notice of this kind. */
  readonly count: number;
}

const everyMs = 5_000;

/** Collects such events: the first is passed on at once, the rest as a count every five seconds. */
export class Notices {
  readonly #pass: (notice: Notice) => void;
  readonly #kinds: Map<Notice["kind"], { message: string; count: number; passedAt: number }> =
    new Map();

  constructor(pass: (notice: Notice) => void) {
    this.#pass = pass;
  }

  add(kind: Notice["kind"], message: string, now: number): void {
    const entry = this.#kinds.get(kind) ?? { message, count: 0, passedAt: -Infinity };
    this.#kinds.set(kind, entry);
    entry.message = message;
    entry.count++;
    this.#passDue(kind, entry, now);
  }

  /** The thread's timer calls this, so that the last events are not kept for ever. */
  flush(now: number): void {
    for (const [kind, entry] of this.#kinds) this.#passDue(kind, entry, now);
  }

  #passDue(
    kind: Notice["kind"],
    entry: { message: string; count: number; passedAt: number },
    now: number,
  ): void {
    if (entry.count === 0 || now - entry.passedAt < everyMs) return;
    const { message, count } = entry;
    entry.count = 0;
    entry.passedAt = now;
    this.#pass({ kind, message, count });
  }
}
