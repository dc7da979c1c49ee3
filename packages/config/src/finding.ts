import type { ConfigPath } from "./config-path.ts";

/** A problem before it is known which line, variable or flag it came from. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly path: ConfigPath;
  /** Which half of `key: value` the reader should look at. */
  readonly target: "key" | "value";
  readonly message: string;
  readonly suggestion: string | null;
}

export function errorAt(
  path: ConfigPath,
  message: string,
  suggestion: string | null = null,
): Finding {
  return { severity: "error", path, target: "value", message, suggestion };
}

export function warningAt(path: ConfigPath, message: string): Finding {
  return { severity: "warning", path, target: "value", message, suggestion: null };
}
