/**
 * The Date field's text (RFC 9110 5.6.7). The thread advances it with every tick instead of asking for
 * the time with every response, so it may be a tick behind.
 */
export class HttpDate {
  readonly #wallClock: () => number;
  #second = Number.NaN;
  text = "";

  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
    this.advance();
  }

  advance(): void {
    const second = Math.floor(this.#wallClock() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.text = new Date(second * 1000).toUTCString();
  }
}
