import { cpus, release } from "node:os";
import {
  type CaseResult,
  repeatCommand,
  type SuiteResult,
  verdictText,
} from "../run/case-result.ts";
import { exitCodeOf } from "../exit-codes.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const acceptanceSchema = "evenkeel.acceptance/1";

/** What `--json` writes. */
export interface AcceptanceDocument {
  readonly schema: typeof acceptanceSchema;
  readonly pass: boolean;
  readonly partial: boolean;
  /** In words. */
  readonly summary: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly environment: Environment;
  readonly cases: readonly CaseDocument[];
}

/** Where it ran. */
export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly cpu: string;
}

/** One run of a case. */
export interface CaseDocument extends Omit<CaseResult, "case"> {
  readonly id: string;
  readonly group: string;
  readonly sentence: string;
  readonly limitMs: number;
  readonly again: string;
}

/** The result as JSON. */
export function acceptanceDocument(result: SuiteResult): AcceptanceDocument {
  return {
    schema: acceptanceSchema,
    pass: exitCodeOf(result) === 0,
    partial: result.isPartial,
    summary: verdictText(result.cases),
    startedAt: result.startedAt,
    durationMs: Math.round(result.durationMs),
    environment: environment(),
    cases: result.cases.map(({ case: one, ...rest }) => ({
      id: one.id,
      group: one.group,
      sentence: one.sentence,
      limitMs: one.limitMs,
      again: repeatCommand(one),
      ...rest,
      durationMs: Math.round(rest.durationMs),
    })),
  };
}

/** Where this process runs. */
export function environment(): Environment {
  const [first] = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${release()}`,
    cores: cpus().length,
    cpu: first?.model.trim() ?? "unknown",
  };
}
