import type { Finding } from "./checks/check.ts";
import { countVerdicts, type Scorecard, type ScorecardEnvironment } from "./scorecard.ts";

/** The schema's name; its number changes when a field changes meaning or goes, not when one is added. */
export const scorecardSchema = "evenkeel.loadtest.scorecard/1";

/** One cell. */
export interface CellDocument {
  readonly verdict: Finding["verdict"];
  /** As in the table; empty where nothing was measured. */
  readonly value: string;
  readonly note: string | null;
}

/** The document that `--json` prints. */
export interface ScorecardDocument {
  readonly schema: typeof scorecardSchema;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly partial: boolean;
  readonly environment: ScorecardEnvironment;
  readonly targets: readonly {
    readonly name: string;
    readonly version: string | null;
    readonly counts: Readonly<Record<Finding["verdict"], number>>;
  }[];
  readonly rows: readonly {
    readonly check: string;
    readonly group: string;
    readonly title: string;
    readonly rule: string;
    /** By target; the targets that an interrupted run did not come to are missing. */
    readonly cells: Readonly<Record<string, CellDocument>>;
  }[];
}

/** The scorecard as JSON. */
export function scorecardDocument(scorecard: Scorecard): ScorecardDocument {
  const { startedAt, durationMs, environment, targets, rows, isPartial } = scorecard;
  return {
    schema: scorecardSchema,
    startedAt,
    durationMs: Math.round(durationMs),
    partial: isPartial,
    environment,
    targets: targets.map(({ name, version }, column) => ({
      name,
      version: version === "" ? null : version,
      counts: countVerdicts(scorecard, column),
    })),
    rows: rows.map(({ check, findings }) => ({
      check: check.name,
      group: check.group,
      title: check.title,
      rule: check.rule,
      cells: Object.fromEntries(
        findings.map(({ verdict, value, note }, column) => [
          targets[column]?.name ?? String(column),
          { verdict, value, note: note ?? null },
        ]),
      ),
    })),
  };
}
