/**
 * After a stall the kernel is asked again before requests start: what it was told meanwhile must be
 * seen first. Twice at most, because a loop under full load is always this busy.
 */
const stallMs = 5;
const maxPostponements = 2;

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
  readonly #idleTime: () => number;
  #endedAt = 0;
  #idleMs = 0;
  #postponements = 0;
  readonly #flushes: Flushable[] = [];
  #waiting: Task[] = [];
  #running: Task[] = [];
  #last: (() => void)[] = [];
  #isScheduled = false;
  #isEnding = false;
  /** Number of the current turn; a connection released in it must not be reused in it. */
  current = 0;

  /** `idleTime`: how long the loop has waited for the kernel in all, in milliseconds. */
  constructor(run: (task: Task) => void, clock: () => number, idleTime: () => number) {
    this.#run = run;
    this.#clock = clock;
    this.#idleTime = idleTime;
  }

  /** The time of this turn's end while it ends, else the time now: one look at the clock for many. */
  get now(): number {
    return this.#isEnding ? this.#endedAt : this.#clock();
  }

  add(task: Task): void {
    this.#waiting.push(task);
    this.#schedule();
  }

  /**
   * `task` runs once, after the tasks of the turn and whenever they do; one added by a task that runs last
   * is for the next turn.
   */
  runLast(task: () => void): void {
    this.#last.push(task);
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
    const hasStalled = this.#hasStalled();
    const hasTasks = this.#waiting.length > 0 || this.#last.length > 0;
    if (hasStalled && hasTasks && this.#postponements < maxPostponements) {
      this.#postponements++;
      this.#schedule();
    } else this.#runTasks();
    for (let index = 0; index < this.#flushes.length; index++) this.#flushes[index]?.flush();
    this.#flushes.length = 0;
    this.#isEnding = false;
    this.current++;
  };

  /** The loop did something else for long since the last turn ended, perhaps after it asked the kernel. */
  #hasStalled(): boolean {
    const now = this.#clock();
    const idleMs = this.#idleTime();
    const busyMs = now - this.#endedAt - (idleMs - this.#idleMs);
    this.#endedAt = now;
    this.#idleMs = idleMs;
    return busyMs > stallMs;
  }

  #runTasks(): void {
    this.#postponements = 0;
    const tasks = this.#waiting;
    this.#waiting = this.#running;
    this.#running = tasks;
    for (let index = 0; index < tasks.length; index++) this.#run(tasks[index] as Task);
    tasks.length = 0;
    if (this.#last.length > 0) this.#runLastTasks();
  }

  #runLastTasks(): void {
    const tasks = this.#last;
    this.#last = [];
    for (const task of tasks) task();
  }
}
