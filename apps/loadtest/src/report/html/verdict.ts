import type { ReportRun } from "../report-document.ts";
import { html, type Markup } from "./markup.ts";

/** What each verdict is called. */
export const verdictWords = {
  pass: "✓ Pass",
  fail: "✗ Fail",
  invalid: "! Run invalid",
  "not-judged": "· Not judged",
} as const;

/** The verdict where nobody can miss it; an interrupted run has none. */
export function verdictBanner({
  verdict,
  partial,
}: Pick<ReportRun, "verdict" | "partial">): Markup {
  const tone = partial ? "doubt" : verdict.kind;
  const word = partial ? "! Interrupted" : verdictWords[verdict.kind];
  const reasons = partial
    ? [
        "Partial result, not a verdict.",
        ...verdict.reasons.map((reason) => `So far: ${verdictWords[verdict.kind]}, ${reason}`),
      ]
    : verdict.reasons;
  return html`<div class="verdict ${tone}" role="status">
    <strong>${word}</strong>
    <ul>
      ${reasons.map((reason) => html`<li>${reason}</li>`)}
    </ul>
  </div>`;
}
