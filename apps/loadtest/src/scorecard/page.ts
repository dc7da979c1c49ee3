import { checks } from "./checks/registry.ts";
import type { Scorecard } from "./scorecard.ts";
import { type NumberedCell, numberNotes } from "./table.ts";

/** What a target was started with. */
export interface PublishedConfiguration {
  readonly target: string;
  readonly file: string;
  readonly text: string;
}

/** `docs/scorecard.md`: the table, what each row means, and every configuration that was used. */
export function scorecardPage(
  scorecard: Scorecard,
  configurations: readonly PublishedConfiguration[],
  command: string,
): string {
  const { startedAt, environment, targets, durationMs } = scorecard;
  const { groups, notes, totals } = numberNotes(scorecard);
  const named = targets.map(({ name, version }) => `${name} ${version}`.trim());
  const lines = groups.flatMap(({ name, rows }) => [
    rowOf([`**${name}**`, ...targets.map(() => "")]),
    ...rows.map(({ title, cells }) => rowOf([title, ...cells.map(cellText)])),
  ]);
  return `# Scorecard

<!-- Written by \`${command}\`; edits are lost. -->

The same questions to several balancers, each in front of the same backends on one machine, asked by one
command:

\`\`\`sh
${command}
\`\`\`

- ${startedAt.slice(0, 10)}, ${named.join(", ")}
- Node ${environment.node}, ${environment.system}, ${environment.cores} cores, shared with other work; ${Math.round(durationMs / 1000)} s in all

${rowOf(["", ...named])}
${rowOf(["---", ...targets.map(() => "---")])}
${lines.join("\n")}
${rowOf(["**total**", ...totals])}

✓ kept · ✗ not kept · – no such thing, or nobody can look · ! the check itself failed

${notes.map((note, index) => `${index + 1}. ${escape(note)}`).join("\n")}

${reading}

## The rows

${checks.map(({ name, title, rule }) => `- **${title}** (\`${name}\`): ${rule}.`).join("\n")}

## The configurations

What is not in a file is its product's default. Each has two workers or threads, checks \`/health\` every second
where it can check (nginx learns from traffic alone), and may try a request that can be repeated twice more.
${configurations.map(configurationSection).join("\n")}`;
}

const reading = `## How to read this

- **One run on one machine.** Times and counts of failed requests differ a little from run to run; run it again
  before you quote a row. Verdicts have wide margins: 4 s where a second is usual, 70 % where 95 % is.
- **One configuration each.** It is what the product's documentation shows for this purpose, with the same
  timeouts for all. A ✗ says what *this* configuration of *this* version does, not what the product could be
  made to do; a footnote says so where one line would change it.
- **Not a speed test.** The load is light on purpose; [benchmarks.md](benchmarks.md) has what a request costs.
- **"felt for"** is the time from the fault to the last request that failed or took over half a second. A hang
  of a backend costs a request its response timeout of two seconds before it can be tried elsewhere.
- **"smuggling" rows** count the malformed requests that were refused, or that reached the backend in a form
  that can be read in one way only. A ✗ is not yet an attack: that needs a second reader who disagrees.
- **The checks share no code with Evenkeel**, and a balancer with planted faults
  (\`apps/cli/test/fixtures/wrong-balancer\`) shows that each finds what it should, and that the same
  balancer without faults passes.`;

function cellText({ text, footnote }: NumberedCell): string {
  return footnote === undefined ? text : `${text} <sup>${footnote}</sup>`;
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function escape(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("*", "\\*").replaceAll("_", "\\_");
}

function configurationSection({ target, file, text }: PublishedConfiguration): string {
  const language = file.endsWith(".yaml") ? "yaml" : "";
  return `
### ${target}: \`${file}\`

\`\`\`${language}
${text.trimEnd()}
\`\`\`
`;
}
