import type { Worker } from "node:worker_threads";
import type { ToWorker, WorkerAnswer } from "./worker-messages.ts";

/** A worker makes ten thousand routes in less than a second; one that hangs must not stop all reloads. */
export const answerWithinMs = 15_000;

interface Asking {
  readonly turn: number;
  readonly answered: PromiseWithResolvers<WorkerAnswer>;
}

/** What threads were asked and have not answered yet: one question per thread at a time. */
export class WorkerQuestions {
  readonly #asking: Map<Worker, Asking> = new Map();
  #turn = 0;

  /** Rejects with WorkerDiedError when the thread ends first, and when it takes longer than `answerWithinMs`. */
  async ask(thread: Worker, question: (turn: number) => ToWorker): Promise<WorkerAnswer> {
    const turn = ++this.#turn;
    const answered = Promise.withResolvers<WorkerAnswer>();
    this.#asking.set(thread, { turn, answered });
    const timer = setTimeout(() => answered.reject(silent()), answerWithinMs);
    thread.postMessage(question(turn));
    try {
      return await answered.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  answered(thread: Worker, answer: WorkerAnswer): void {
    const asking = this.#asking.get(thread);
    // A late one is that to a question which nobody waits for any more.
    if (asking?.turn === answer.turn) asking.answered.resolve(answer);
  }

  ended(thread: Worker): void {
    this.#asking.get(thread)?.answered.reject(new WorkerDiedError());
    this.#asking.delete(thread);
  }
}

export class WorkerDiedError extends Error {
  constructor() {
    super("workers died meanwhile and are being replaced; try again");
  }
}

function silent(): Error {
  return new Error(`a worker has not answered for ${answerWithinMs / 1_000} s; it may hang`);
}
