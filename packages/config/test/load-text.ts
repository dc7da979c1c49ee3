import { formatProblem } from "../src/problem.ts";
import { type LoadInput, type LoadResult, loadConfig } from "../src/load-config.ts";

/** Loads a file called evenkeel.yaml with this text. */
export function loadText(text: string, rest: Partial<LoadInput> = {}): LoadResult {
  return loadConfig({ file: { path: "evenkeel.yaml", text }, env: {}, overrides: [], ...rest });
}

/** What is wrong, one line each, as a user would see it. */
export function problemsOf(text: string, rest: Partial<LoadInput> = {}): string[] {
  const result = loadText(text, rest);
  return result.ok ? [] : result.problems.map(formatProblem);
}

export function warningsOf(text: string): string[] {
  return loadText(text).warnings.map(formatProblem);
}

/** The configuration, or a failed test that shows what was wrong with it. */
export function configOf(
  text: string,
  rest: Partial<LoadInput> = {},
): Extract<LoadResult, { ok: true }> {
  const result = loadText(text, rest);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result;
}
