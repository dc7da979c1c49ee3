import { LoadtestError } from "../errors.ts";
import type { Check, Finding } from "./checks/check.ts";
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
    readonly group: Check["group"];
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

/**
 * The scorecard that a document was made of.
 *
 * @throws LoadtestError `BAD_OPTION` when the text is no such document; `name` is where it came from.
 */
export function readScorecard(text: string, name: string): Scorecard {
  const document = parseDocument(text, name);
  const { startedAt, durationMs, environment, targets, rows, partial } = document;
  return {
    startedAt,
    durationMs,
    environment,
    targets: targets.map((target) => ({ name: target.name, version: target.version ?? "" })),
    rows: rows.map(({ check, group, title, rule, cells }) => ({
      check: { name: check, group, title, rule },
      findings: targets
        .map((target) => cells[target.name])
        .filter((cell) => cell !== undefined)
        .map(({ verdict, value, note }) => ({ verdict, value, note: note ?? undefined })),
    })),
    isPartial: partial,
  };
}

function parseDocument(text: string, name: string): ScorecardDocument {
  let document: Partial<ScorecardDocument> | null;
  try {
    document = JSON.parse(text) as Partial<ScorecardDocument> | null;
  } catch {
    throw new LoadtestError("BAD_OPTION", `${name} is not JSON`);
  }
  if (document?.schema === scorecardSchema) return document as ScorecardDocument;
  const found = JSON.stringify(document?.schema) ?? "nothing";
  const message = `${name} is no scorecard: its schema is ${found}, not "${scorecardSchema}"`;
  throw new LoadtestError("BAD_OPTION", message);
}
