/** Exit codes of the project's commands (those that these scripts use). */
export const exitCodes = { failure: 1, usage: 2, cannotBind: 69 } as const;

/** A failure that is explained in one line and ends the script with its exit code. */
export class ScriptError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = "ScriptError";
    this.exitCode = exitCode;
  }
}
