import { mkdirSync, writeFileSync } from "node:fs";
import { usualRequests } from "../scenarios/scenario.ts";
import { type Panel, renderPanels } from "../report/page/bar-panels.ts";
import { measureSituation } from "./measure-situation.ts";
import {
  type Situation,
  hashingSituations,
  spreadingSituations,
  weightedSituations,
} from "./situations.ts";
import { type MeasuredSituation, strategiesPage } from "./strategies-page.ts";
import { picturedBy } from "./pictured-by.ts";

// After a change of a strategy: `pnpm --filter @evenkeel/simulator strategy-docs` (about two minutes).
const folder = new URL("../../../../docs/strategies/", import.meta.url);

const measured = new Map<Situation, MeasuredSituation>();
for (const situation of [...spreadingSituations, ...weightedSituations, ...hashingSituations]) {
  console.log(`${situation.scenario}, ${situation.cell}`);
  measured.set(situation, { situation, figures: measureSituation(situation, usualRequests) });
}
const of = (situations: readonly Situation[]): readonly MeasuredSituation[] =>
  situations.flatMap((situation) => measured.get(situation) ?? []);

mkdirSync(new URL("pictures/", folder), { recursive: true });
for (const [strategy, situations] of picturedBy()) {
  const panels = of(situations).map(({ situation, figures }): Panel => ({ ...situation, figures }));
  writeFileSync(new URL(`pictures/${strategy}.svg`, folder), renderPanels(strategy, panels));
}
const page = strategiesPage(of(spreadingSituations), of(hashingSituations));
writeFileSync(new URL("README.md", folder), page);
