import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sampleReport } from "../../test/sample-report.ts";
import { sampleScorecard } from "../../test/sample-scorecard.ts";
import { renderPage } from "../report/html/page.ts";
import { readReport } from "../report/read-report.ts";
import { scorecardReport } from "./to-report.ts";

const { command, environment } = sampleReport();
const context = { command, environment };

test("a page holds the scorecard, and can be read again", async () => {
  const report = scorecardReport(sampleScorecard(), false, context);
  expect(report.tables.at(-1)?.title).toBe("Why");
  expect(report.verdict.kind).toBe("not-judged");
  expect(report.verdict.reasons[0]).toMatch(/^nginx: \d+ ✓ · \d+ ✗/);
  const page = renderPage(report);
  expect(page).toContain('<td data-label="nginx 1.26.3" class="said pass">✓ ±0.1 %</td>');
  const folder = await mkdtemp(join(tmpdir(), "scorecard-page-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "scorecard.html");
  await writeFile(file, page);
  expect(await readReport(file)).toEqual(report);
});

test("strict makes a failure of what is not kept; a check that failed itself judges nothing", () => {
  const scorecard = sampleScorecard();
  expect(scorecardReport(scorecard, true, context).verdict.kind).toBe("fail");
  const all = (verdict: "pass" | "error") => ({
    ...scorecard,
    rows: scorecard.rows.map((row) => ({
      ...row,
      findings: row.findings.map(() => ({ verdict, value: "", note: undefined })),
    })),
  });
  expect(scorecardReport(all("pass"), true, context).verdict.kind).toBe("pass");
  expect(scorecardReport(all("error"), true, context).verdict.kind).toBe("invalid");
});
