/** One request of a session and what came of it. */
export interface Visit {
  /** 0: no response. */
  readonly status: number;
  /** Who answered; null: nobody said. */
  readonly backend: string | null;
  /** The answer changed what the session's cookies say. */
  readonly hasNewCookie: boolean;
}

/** A client that keeps cookies as a browser would; its visits come one after the other. */
export class Session {
  readonly visits: Visit[] = [];
  readonly #jar: Map<string, string> = new Map();

  /** For the next request; "" = none. */
  get cookies(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  answered(status: number, backend: string | null, setCookies: readonly string[]): void {
    const before = this.cookies;
    for (const line of setCookies) this.#keep(line);
    this.visits.push({ status, backend, hasNewCookie: this.cookies !== before });
  }

  failed(): void {
    this.visits.push({ status: 0, backend: null, hasNewCookie: false });
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const equals = pair.indexOf("=");
    if (equals < 1) return;
    const name = pair.slice(0, equals);
    if (attributes.some((attribute) => /^max-age=(?:0|-\d+)$/i.test(attribute))) {
      this.#jar.delete(name);
    } else this.#jar.set(name, pair.slice(equals + 1));
  }
}
