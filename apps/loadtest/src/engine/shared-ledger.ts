import { type ClientEntry, ClientLedger, type ClientLedgerColumns } from "./client-ledger.ts";

/** What became of every request, whoever sent it. */
export interface RequestLedger {
  /** One more than the largest number of a request. */
  readonly length: number;
  entries(): Iterable<ClientEntry>;
}

/**
 * The number of a worker's `index`-th request among those of all workers: no two have the same one, and the
 * remainder says whose it was. Workers do not send equally many, so at the end some numbers are missing.
 */
export function sharedNumber(
  index: number,
  { worker, workers }: { readonly worker: number; readonly workers: number },
): number {
  return index * workers + worker;
}

/** The ledgers of all workers, in their order, as one. */
export class SharedLedger implements RequestLedger {
  readonly #parts: readonly ClientLedger[];

  constructor(parts: readonly ClientLedgerColumns[]) {
    this.#parts = parts.map((columns) => new ClientLedger(columns));
  }

  get length(): number {
    const workers = this.#parts.length;
    const ends = this.#parts.map(({ length }, worker) =>
      length === 0 ? 0 : sharedNumber(length - 1, { worker, workers }) + 1,
    );
    return Math.max(0, ...ends);
  }

  *entries(): Generator<ClientEntry, void> {
    const workers = this.#parts.length;
    const longest = Math.max(0, ...this.#parts.map(({ length }) => length));
    for (let index = 0; index < longest; index++) {
      for (const [worker, part] of this.#parts.entries()) {
        if (index >= part.length) continue;
        yield { ...part.entry(index), index: sharedNumber(index, { worker, workers }) };
      }
    }
  }
}
