import { type CaseResult, repeatCommand, type SuiteResult } from "../run/case-result.ts";
import { figureText } from "./text.ts";

/**
 * The result in the form that CI systems read (Jenkins' junit-10.xsd, which GitLab and GitHub actions follow):
 * a suite for each group, a test case for each run of a case.
 */
export function junitXml(result: SuiteResult): string {
  const groups = [...new Set(result.cases.map(({ case: { group } }) => group))];
  const suites = groups.map((group) => {
    const cases = result.cases.filter((one) => one.case.group === group);
    const time = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const attributes = [`name="${group}"`, ...countsOf(cases), timeOf(time)];
    attributes.push(`timestamp="${result.startedAt.slice(0, 19)}"`);
    return `  <testsuite ${attributes.join(" ")}>\n${cases.map(testCase).join("")}  </testsuite>\n`;
  });
  const attributes = [...countsOf(result.cases), timeOf(result.durationMs)].join(" ");
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites name="evenkeel acceptance" ${attributes}>\n${suites.join("")}</testsuites>\n`
  );
}

function testCase(result: CaseResult): string {
  const { id, group, sentence } = result.case;
  const round = result.round > 1 ? ` (run ${result.round})` : "";
  const name = `${id}: ${sentence}${round}`;
  const attributes = `classname="acceptance.${group}" name="${escaped(name)}" ${timeOf(result.durationMs)}`;
  const parts = [outcomeOf(result), outputOf(result)].join("");
  return parts === ""
    ? `    <testcase ${attributes}/>\n`
    : `    <testcase ${attributes}>\n${parts}    </testcase>\n`;
}

function outcomeOf({ verdict, problem }: CaseResult): string {
  const message = `message="${escaped(problem.split("\n")[0] ?? "")}"`;
  if (verdict === "pass") return "";
  if (verdict === "fail") {
    return `      <failure ${message} type="broken promise">${escaped(problem)}</failure>\n`;
  }
  if (verdict === "error") {
    return `      <error ${message} type="could not be checked">${escaped(problem)}</error>\n`;
  }
  return `      <skipped message="${escaped(`${verdict}: ${problem.split("\n")[0] ?? ""}`)}"/>\n`;
}

function outputOf(result: CaseResult): string {
  const isWhole = result.verdict === "pass" || result.verdict === "pending";
  const text = [
    figureText(result.figures),
    ...result.notes.map((note) => `note: ${note}`),
    ...(isWhole ? [] : [`again: ${repeatCommand(result.case)}`]),
    ...result.evidence.map(({ title, text: words }) => `── ${title}\n${words}`),
  ];
  const whole = text.filter((part) => part !== "").join("\n");
  return whole === "" ? "" : `      <system-out>${escaped(whole)}</system-out>\n`;
}

function countsOf(cases: readonly CaseResult[]): string[] {
  const count = (isCounted: (result: CaseResult) => boolean): number =>
    cases.filter(isCounted).length;
  const skipped = count(({ verdict }) => !["pass", "fail", "error"].includes(verdict));
  return [
    `tests="${cases.length}"`,
    `failures="${count(({ verdict }) => verdict === "fail")}"`,
    `errors="${count(({ verdict }) => verdict === "error")}"`,
    `skipped="${skipped}"`,
  ];
}

function timeOf(ms: number): string {
  return `time="${(ms / 1000).toFixed(3)}"`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text for an attribute or an element; what XML 1.0 cannot hold at all becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replaceAll(/[&<>"]/g, (one) => entities[one] ?? one);
}
