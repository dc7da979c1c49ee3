const errorTable = {
  EVENKEEL_SCOREBOARD_SHAPE:
    "a scoreboard needs 1 or more workers and whole, non-negative numbers of pools and backends",
  EVENKEEL_SCOREBOARD_LAYOUT: "the buffer is not a scoreboard of this version",
  EVENKEEL_OUT_OF_RANGE: "an index lies outside the scoreboard",
  EVENKEEL_DUPLICATE_BACKEND: "two backends of a pool share an id or a slot",
  EVENKEEL_RATE_LIMIT_TABLE: "a rate limit's table cannot be made or shared like this",
  EVENKEEL_CONCURRENCY_TABLE:
    "the table of a limit of requests at a time cannot be made or shared like this",
  EVENKEEL_THRESHOLD: "a health threshold must be a whole number of 1 or more",
} as const;

/** Stable: programs may match on it. */
export type EvenkeelErrorCode = keyof typeof errorTable;

/**
 * Thrown for misuse only, while something is being set up; never on the path of a request, where
 * expected events are values (`Outcome`, `Refusal`, a decision's `reason`).
 */
export class EvenkeelError extends Error {
  override readonly name: string = "EvenkeelError";
  readonly code: EvenkeelErrorCode;

  /** `detail` says where, and shows the bad value. */
  constructor(code: EvenkeelErrorCode, detail: string, options?: ErrorOptions) {
    super(`${errorTable[code]}: ${detail}`, options);
    this.code = code;
  }
}
