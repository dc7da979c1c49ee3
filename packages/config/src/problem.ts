/** One thing that is wrong with a configuration, and where. */
export interface ConfigProblem {
  /** The file, or the variable or flag that gave the value; null when nothing gave one. */
  readonly file: string | null;
  /** From 1; null when the value did not come from a file. */
  readonly line: number | null;
  readonly column: number | null;
  /** `pools.web.backends[0].url`; empty when the problem belongs to no key. */
  readonly path: string;
  readonly message: string;
  /** What was probably meant, ready to paste. */
  readonly suggestion: string | null;
}

/** One line: `evenkeel.yaml:5:7 pools.web.strateggy: unknown key …; did you mean "strategy"?` */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message, suggestion } = problem;
  const place = line === null ? (file ?? "") : `${file ?? ""}:${line}:${column ?? 1}`;
  const subject = [place, path].filter((part) => part !== "").join(" ");
  const hint = suggestion === null ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
  return `${subject === "" ? "" : `${subject}: `}${message}${hint}`;
}
