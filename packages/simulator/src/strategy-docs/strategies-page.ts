import { strategyNames, strategyHonoursWeights } from "@evenkeel/core";
import { advice } from "./advice.ts";
import type { Figure } from "../report/page/bar-panels.ts";
import type { Situation } from "./situations.ts";

export interface MeasuredSituation {
  readonly situation: Situation;
  readonly figures: readonly Figure[];
}

/** `docs/strategies/README.md`: the table that helps to choose. */
export function strategiesPage(
  spreading: readonly MeasuredSituation[],
  hashing: readonly MeasuredSituation[],
): string {
  const rows = strategyNames.map((name) => {
    const weights = strategyHonoursWeights(name) ? "yes" : "no";
    const { use, cost } = advice[name];
    return `| [${name}](${name}.md) | ${use} | ${weights} | ${cost} |`;
  });
  return `# Strategies

<!-- Written by packages/simulator/src/strategy-docs/write-strategy-docs.ts; edits are lost. -->

| strategy | use it when | weights | a pick costs |
|---|---|---|---|
${rows.join("\n")}

Not sure? **power-of-two** is hard to get wrong. **round-robin** is the default because its shares are
exact and anybody can check them. When backends can be slow or broken on their own, and nobody ejects
them, **peak-ewma** or **prequal** see it. A key that must come back to its backend needs one of the last
four.

## Measured

Medians of three seeds of the simulator, which runs the very code that balances; \`evenkeel simulate
--scenario NAME\` shows each again. What a pick costs in nanoseconds is in
[the micro benchmarks](../benchmarks-micro.md); how far real processes agree with the simulator, in
[simulator-agreement.md](../simulator-agreement.md).

${figuresTable(spreading)}

${figuresTable(hashing)}
`;
}

function figuresTable(measured: readonly MeasuredSituation[]): string {
  const names = (measured[0]?.figures ?? []).map(({ strategy }) => strategy);
  const ordered = [...strategyNames.filter((name) => names.includes(name)), ...variants(names)];
  const heads = measured.map(({ situation }) => `${situation.title} (\`${situation.scenario}\`)`);
  const rows = ordered.map((name) => {
    const cells = measured.map(({ situation, figures }) => {
      const figure = figures.find(({ strategy }) => strategy === name);
      return figure === undefined ? "" : situation.format(figure.value);
    });
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  return [`| | ${heads.join(" | ")} |`, `|---|${"---:|".repeat(heads.length)}`, ...rows].join("\n");
}

function variants(names: readonly string[]): readonly string[] {
  return names.filter((name) => !(strategyNames as readonly string[]).includes(name));
}
