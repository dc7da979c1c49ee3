import { type ConfigProblem, type LoadResult, formatProblem } from "@evenkeel/config";

/** The exit code for a configuration that cannot be used (EX_CONFIG). */
export const badConfiguration = 78;

/** One line each on stderr, warnings first, as people and editors read them. */
export function reportProblems(result: LoadResult): void {
  const say = (kind: string) => (problem: ConfigProblem) => {
    process.stderr.write(`${kind}: ${formatProblem(problem)}\n`);
  };
  result.warnings.forEach(say("warning"));
  if (!result.ok) result.problems.forEach(say("error"));
}
