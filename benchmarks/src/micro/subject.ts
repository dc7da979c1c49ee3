/** One thing that is timed: the same operation over and over. */
export interface Subject {
  /** Which table it belongs to. */
  readonly group: string;
  /** The input; subjects of one group with the same name take turns with each other. */
  readonly name: string;
  /** Who does the work, and how much of it. */
  readonly contender: string;
  /** Message bytes of one operation, or 0 when bytes mean nothing. */
  readonly bytes: number;
  readonly run: (operations: number) => void;
}

/** What one subject cost. */
export interface Result {
  readonly group: string;
  readonly name: string;
  readonly contender: string;
  readonly bytes: number;
  /** CPU nanoseconds per operation, one for each round. */
  readonly nanoseconds: readonly number[];
  /** Bytes of JavaScript heap per operation. */
  readonly allocatedBytes: number;
}

/** Contenders whose code does not change with ours: a figure of theirs that moved is the machine's doing. */
export const LLHTTP = "llhttp";
export const ATOMICS = "two atomic additions";

/** Whether this subject runs somebody else's code. */
export function isControl({ contender }: Pick<Result, "contender">): boolean {
  return contender === LLHTTP || contender === ATOMICS;
}
