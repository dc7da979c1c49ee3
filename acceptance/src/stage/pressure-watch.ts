import { readFileSync } from "node:fs";

/** Where Linux tells in microseconds how long anybody had to wait for a processor, since it booted. */
const source = "/proc/pressure/cpu";

/**
 * For how much of the time something on this machine was ready to run and had to wait for a processor. The
 * suite's own clock does not show that: who sleeps most of the time is served first, and is never late.
 */
export class PressureWatch {
  readonly #read: () => string;
  readonly #startedAt: number;
  readonly #before: number;

  /** `read` gives what {@link source} says; it throws where there is no such file. */
  constructor(read: () => string = () => readFileSync(source, "utf8")) {
    this.#read = read;
    this.#startedAt = performance.now();
    this.#before = this.#waitedMs();
  }

  /** 0 to 1; NaN where the system does not tell. */
  get share(): number {
    return (this.#waitedMs() - this.#before) / (performance.now() - this.#startedAt);
  }

  #waitedMs(): number {
    try {
      return Number(/^some .*total=(\d+)/m.exec(this.#read())?.[1]) / 1000;
    } catch {
      return Number.NaN;
    }
  }
}
