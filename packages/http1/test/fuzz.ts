import { parseArgs } from "node:util";
import { type Tally, emptyTally, fuzzOnce } from "./differential.ts";

/*
 * The long differential run: `node test/fuzz.ts --runs 1000000 --seed 1`. A case is repeated alone
 * with `--runs 1 --seed` and the number that its report names.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
  },
});
const runs = Number(values.runs);
const firstSeed = Number(values.seed);
const maxReports = 20;
const progressEvery = Math.max(1, Math.ceil(runs / 10));

let violations = 0;
const tally = emptyTally();
const startedAt = performance.now();
for (let index = 0; index < runs; index++) {
  const finding = fuzzOnce(firstSeed + index, tally);
  if (finding !== null && ++violations <= maxReports) {
    console.log(`seed ${finding.seed}: ${finding.problem}\n  ${JSON.stringify(finding.text)}`);
  }
  if ((index + 1) % progressEvery === 0) {
    const perSecond = Math.round(((index + 1) * 1000) / (performance.now() - startedAt));
    console.log(`${index + 1} of ${runs} runs, ${perSecond}/s, ${violations} violations`);
  }
}
printSummary(tally);
process.exitCode = violations === 0 ? 0 : 1;

function printSummary(total: Tally): void {
  console.log(`\nruns                ${runs}`);
  console.log(`accepted by both    ${total.acceptedByBoth}`);
  console.log(`refused by both     ${total.refusedByBoth}`);
  console.log(`messages compared   ${total.compared}`);
  printClasses("only llhttp accepts, by our reason", total.onlyLlhttp);
  printClasses("only we accept, by documented class", total.onlyWe);
  console.log(`violations          ${violations}`);
}

function printClasses(title: string, classes: ReadonlyMap<string, number>): void {
  console.log(`${title}:`);
  for (const [name, times] of [...classes].toSorted(([, a], [, b]) => b - a)) {
    console.log(`  ${String(times).padStart(9)}  ${name}`);
  }
}
