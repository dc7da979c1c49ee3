/** What can go wrong apart from the target behaving badly, which is a result and not an error. */
export type LoadtestErrorCode =
  /** Not a single connection to the target was ever made. */
  | "TARGET_UNREACHABLE"
  /** An option makes no sense, alone or beside another. */
  | "BAD_OPTION"
  /** Ctrl-C came before there was anything to show. */
  | "INTERRUPTED"
  /** The generator's thread ended without a result. */
  | "ENGINE_DIED"
  /** A backend or balancer that the run needs did not start, or ended. */
  | "CHILD_FAILED"
  /** The configuration file has problems; the message holds all of them, one a line. */
  | "BAD_CONFIG"
  /** A file that a result should go to cannot be written. */
  | "BAD_OUTPUT"
  /** A saved report is none. */
  | "BAD_REPORT"
  /** A ledger that the run needs cannot be read to the end. */
  | "LEDGER_LOST"
  /** A fault could not be brought about or taken back. */
  | "FAULT_FAILED";

/** An error with a stable `code` and a message of one line that names the bad value. */
export class LoadtestError extends Error {
  override readonly name = "LoadtestError";
  readonly code: LoadtestErrorCode;

  constructor(code: LoadtestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
