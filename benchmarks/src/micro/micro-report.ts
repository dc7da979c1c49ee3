import type { Environment } from "../environment.ts";
import type { Result } from "./subject.ts";

/** Everything one run found out; `--json` writes it as it is and `--compare` reads it. */
export interface MicroReport {
  readonly kind: "micro";
  readonly command: string;
  readonly environment: Environment;
  readonly rounds: number;
  /** What a reader must know about this run: where it ran, what was left out. */
  readonly notes: readonly string[];
  readonly results: readonly Result[];
}

/** Reads a file that `--json` wrote; throws when it is something else. */
export function parseMicroReport(text: string): MicroReport {
  const value = JSON.parse(text) as Partial<MicroReport> | null;
  if (value?.kind !== "micro" || !Array.isArray(value.results)) {
    throw new Error("not a file that evenkeel-bench micro --json wrote");
  }
  return value as MicroReport;
}
