/** A worker's part of a load that runs. */
export interface WorkerDrive {
  /** Resolves when nothing is in flight any more; a text is why not a single connection was ever made. */
  readonly done: Promise<string | undefined>;
  /** Sends nothing more, awaits what is in flight. */
  finish(): void;
  /** Ends at once; what is in flight is `aborted`. */
  abort(): void;
}
