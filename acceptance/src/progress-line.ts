const eraseLine = "\r\u001B[2K";
const redrawMs = 500;

/** Which cases run now and for how long, in one line of a terminal that is drawn anew. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #isShown: boolean;
  readonly #running: Map<string, number> = new Map();
  #count = "";
  #timer: NodeJS.Timeout | undefined;

  /** Shows nothing where `stream` is no terminal. */
  constructor(stream: NodeJS.WriteStream, isWanted: boolean) {
    this.#stream = stream;
    this.#isShown = isWanted && stream.isTTY;
  }

  begin(id: string, finished: number, total: number): void {
    this.#count = `${finished} of ${total}`;
    this.#running.set(id, performance.now());
    if (this.#isShown) this.#timer ??= setInterval(() => this.draw(), redrawMs).unref();
    this.draw();
  }

  end(id: string): void {
    this.#running.delete(id);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  draw(): void {
    if (!this.#isShown || this.#running.size === 0) return;
    const now = performance.now();
    const cases = [...this.#running].map(([id, at]) => `${id} ${Math.round((now - at) / 1000)} s`);
    const line = `${this.#count}  ${cases.join(", ")}`;
    this.#stream.write(eraseLine + line.slice(0, Math.max((this.#stream.columns ?? 80) - 1, 10)));
  }

  /** Removes the line, so that what follows starts clean. */
  clear(): void {
    if (this.#isShown) this.#stream.write(eraseLine);
  }
}
