import type { Progress } from "../engine/messages.ts";
import { plainLine, renderBlock } from "./live-block.ts";
import { createPaint } from "./paint.ts";
import { RateMeter } from "./rate-meter.ts";

/** What a person sees of a run under way. */
export interface LiveView {
  show(progress: Progress): void;
  /** Removes it, so that what follows starts clean. */
  clear(): void;
}

/** Without a terminal nothing can be redrawn: one line for every so much of a run. */
const plainIntervalMs = 5000;

/**
 * On a terminal, a block that is redrawn in place; elsewhere, a plain line every five seconds, so that a log
 * shows that something happens. Nothing where it is not wanted.
 */
export function createLiveView(stream: NodeJS.WriteStream, isWanted: boolean): LiveView {
  if (!isWanted) return { show() {}, clear() {} };
  const canRedraw = stream.isTTY && process.env["TERM"] !== "dumb";
  return canRedraw ? new TerminalView(stream) : new PlainView(stream);
}

class TerminalView implements LiveView {
  readonly #stream: NodeJS.WriteStream;
  readonly #meter = new RateMeter();
  #height = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(progress: Progress): void {
    const paint = createPaint(this.#stream);
    // A terminal that nobody told its size says 0, as in `docker run -t` or under `script`.
    const width = this.#stream.columns > 0 ? this.#stream.columns : 80;
    // The last column stays free: some terminals go to the next line when it is written.
    const columns = Math.max(20, width - 1);
    const lines = renderBlock(progress, this.#meter.measure(progress), { columns, paint });
    // One write, or the terminal shows the block half erased.
    this.#stream.write(`${this.#erasure()}${lines.join("\n")}\n`);
    this.#height = lines.length;
  }

  clear(): void {
    if (this.#height > 0) this.#stream.write(this.#erasure());
    this.#height = 0;
  }

  /** Up to the first line, and everything from there on is gone. */
  #erasure(): string {
    return this.#height === 0 ? "" : `\u001B[${this.#height}A\r\u001B[J`;
  }
}

class PlainView implements LiveView {
  readonly #stream: NodeJS.WriteStream;
  readonly #meter = new RateMeter();
  #nextAtMs = plainIntervalMs;
  #phase: Progress["phase"] | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(progress: Progress): void {
    const rates = this.#meter.measure(progress);
    if (progress.phase !== this.#phase || progress.elapsedMs < this.#nextAtMs - plainIntervalMs) {
      this.#nextAtMs = plainIntervalMs;
    }
    this.#phase = progress.phase;
    if (progress.elapsedMs < this.#nextAtMs) return;
    this.#nextAtMs = progress.elapsedMs + plainIntervalMs;
    this.#stream.write(`${plainLine(progress, rates)}\n`);
  }

  clear(): void {}
}
