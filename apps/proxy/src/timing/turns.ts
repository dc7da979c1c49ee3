/** A poll phase longer than this is followed by another one before its requests start. */
const stallMs = 5;

/** Something that collects during a turn and writes once. */
export interface Flushable {
  flush(): void;
}

/**
 * Runs requests at the end of the poll phase that brought them. By then every byte and every close
 * that the kernel reported together with the request has been seen, so a backend that wrote on an
 * idle connection has lost it before it could be reused (CVE-2026-48931, security.md 0.3). One
 * setImmediate serves all requests of the turn.
 */
export class Turns<Task> {
  readonly #run: (task: Task) => void;
  readonly #clock: () => number;
  #endedAt = 0;
  /** When the first task of this poll phase came up. */
  #phaseBeganAt = 0;
  readonly #flushes: Flushable[] = [];
  #waiting: Task[] = [];
  #running: Task[] = [];
  #isScheduled = false;
  #isEnding = false;
  /** Number of the current turn; a connection released in it must not be reused in it. */
  current = 0;

  constructor(run: (task: Task) => void, clock: () => number) {
    this.#run = run;
    this.#clock = clock;
  }

  /** The time of this turn's end while it ends, else the time now: one look at the clock for many. */
  get now(): number {
    return this.#isEnding ? this.#endedAt : this.#clock();
  }

  /** `now`: when the task came up. */
  add(task: Task, now: number): void {
    if (this.#waiting.length === 0) this.#phaseBeganAt = now;
    this.#waiting.push(task);
    this.#schedule();
  }

  /** `flush` runs once, after the tasks of this turn. */
  flushAtEnd(flushable: Flushable): void {
    this.#flushes.push(flushable);
    if (!this.#isEnding) this.#schedule();
  }

  /** The current turn's number, with the promise that it ends. */
  mark(): number {
    this.#schedule();
    return this.current;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#end);
  }

  readonly #end = (): void => {
    this.#isScheduled = false;
    this.#isEnding = true;
    this.#endedAt = this.#clock();
    // The loop stood still since the kernel was asked: what came meanwhile has to be seen first.
    if (this.#endedAt - this.#phaseBeganAt > stallMs && this.#waiting.length > 0) this.#postpone();
    else this.#runTasks();
    for (let index = 0; index < this.#flushes.length; index++) this.#flushes[index]?.flush();
    this.#flushes.length = 0;
    this.#isEnding = false;
    this.current++;
  };

  #postpone(): void {
    this.#phaseBeganAt = this.#endedAt;
    this.#schedule();
  }

  #runTasks(): void {
    const tasks = this.#waiting;
    this.#waiting = this.#running;
    this.#running = tasks;
    for (let index = 0; index < tasks.length; index++) this.#run(tasks[index] as Task);
    tasks.length = 0;
  }
}
