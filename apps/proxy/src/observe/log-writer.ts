import { pino } from "pino";

/**
 * Where access records leave the process: whole batches of lines, in order, without blocking. When
 * the reader of stdout is gone or too slow, records are dropped and counted; traffic never waits.
 */
export class LogWriter {
  readonly #destination: ReturnType<typeof pino.destination>;
  #dropped = 0;

  constructor(onProblem: (message: string) => void) {
    this.#destination = pino.destination({
      dest: 1,
      sync: false,
      maxLength: maxBufferedChars,
      retryEAGAIN: () => true,
    });
    this.#destination.on("drop", () => {
      if (this.#dropped++ === 0) onProblem("access records are dropped: stdout is not being read");
    });
    this.#destination.on("error", (error: Error) => {
      onProblem(`access records are lost: ${error.message}`);
    });
  }

  get dropped(): number {
    return this.#dropped;
  }

  readonly write = (lines: string): void => {
    this.#destination.write(lines);
  };

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#destination.once("close", resolve);
      this.#destination.once("error", () => resolve());
      this.#destination.end();
    });
  }
}

const maxBufferedChars = 16 * 1024 * 1024;
