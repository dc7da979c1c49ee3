import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeEnvironment } from "../environment.ts";
import { renderMarkdown } from "../report/table.ts";
import type { MicroReport } from "./micro-report.ts";
import { microTables } from "./micro-tables.ts";

const CAVEATS = `## How to read this

- **ns** are CPU nanoseconds of the whole process (its compiler and collector threads included) per head, per body or per pick: the median of the rounds, with the least and the greatest. A neighbour on the core makes them longer only through the caches. Ratios are medians of the rounds' ratios; above 1 is faster than the control.
- **Turns.** Everything is warmed up first, then takes turns round after round (A B C A B C).
- **evenkeel parse** is \`feed\`: every byte judged, fields found, framing, host, target and connection options decided. **parse + forward** also builds the head for the other side and copies it out of the heap as a socket would.
- **llhttp** is Node's own parser, driven as \`node:http\` drives it: it hands over names and values as strings. It judges less than a proxy must (Host, duplicate fields, target, framing conflicts that only some servers read alike) and forwards nothing, so its row is a yardstick for parsing alone.
- **undici's WebAssembly llhttp** is left out: the package does not export it, and its callbacks belong to undici's client.
- **heap bytes** are allocated on the JavaScript heap per operation; what the collector moves later is in **ns**.
- **chunked bodies** arrive in reads of 64 KB. Evenkeel's decoder looks at sizes and says where the content lies, so large chunks cost it next to nothing; \`HTTPParser\` copies each run of content into a buffer of its own.
- **two atomic additions** are the floor of a pick: what counting an attempt in flight costs alone.
- **The same code twice** differs by up to a tenth: how the compiler inlined it and where it lies in memory. \`--compare\` marks only what is beyond that, beyond the ranges, and beyond what llhttp moved between the two runs.
- Loops like these run hotter than a proxy does. They are for comparing a change with its base; what a request costs is in [benchmarks.md](benchmarks.md).
`;

/** Writes docs/benchmarks-micro.md; returns its path. */
export async function writeMicroDocs(report: MicroReport): Promise<string> {
  const page = fileURLToPath(new URL("../../../docs/benchmarks-micro.md", import.meta.url));
  await writeFile(page, microDocsPage(report));
  return page;
}

/** The page as Markdown. */
export function microDocsPage({
  command,
  environment,
  rounds,
  notes,
  results,
}: MicroReport): string {
  const facts = [...describeEnvironment(environment), `${rounds} rounds`, ...notes];
  const tables = microTables(results).map(
    ({ title, table }) => `## ${title}\n\n${renderMarkdown(table)}\n`,
  );
  return `# Micro benchmarks

<!-- Written by \`evenkeel-bench micro --write-docs\`; edits are lost. -->

What parsing, forwarding and picking cost, measured in one run by one command:

\`\`\`sh
${command}
\`\`\`

${facts.map((fact) => `- ${fact}`).join("\n")}

To compare a change with its base: \`evenkeel-bench micro --help\`.

${tables.join("\n")}
${CAVEATS}`;
}
