import { type ConfigProblem, formatProblem } from "@evenkeel/config";

/** Settings that cannot be used; `problems` says everything that is wrong with them. */
export class EvenkeelConfigError extends Error {
  readonly code = "EVENKEEL_CONFIG";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "EvenkeelConfigError";
    this.problems = problems;
  }
}
