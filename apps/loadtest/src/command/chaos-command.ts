import type { Command } from "commander";
import { chaosDocument } from "../chaos/document.ts";
import { chaosDefaults, resolveChaos } from "../chaos/options.ts";
import { chaosVerdictLines, renderChaos } from "../chaos/report.ts";
import { type ChaosRun, runChaos } from "../chaos/run-chaos.ts";
import { chaosVocabulary } from "../chaos/chaos-thresholds.ts";
import { chaosReport } from "../chaos/to-report.ts";
import { faultKinds } from "../failover/faults/registry.ts";
import { writeLedgers } from "../observation/request-rows.ts";
import { createLiveView } from "../print/live-view.ts";
import { vocabularyHelp } from "../thresholds/vocabulary.ts";
import { explainFailure } from "./explain-failure.ts";
import { openLoopExitCode } from "./exit-codes.ts";
import { addOpenLoopOptions, loadOptionsFrom, type OpenLoopFlags } from "./open-loop-options.ts";
import { showOpenLoop } from "./show-open-loop.ts";
import { requireOutputFolders } from "./output-options.ts";
import { type PrintableResult, printResult } from "./print-result.ts";
import { withInterruption } from "./interruption.ts";
import { addSystemOptions, type SystemFlags, systemStarter } from "./system-options.ts";

interface ChaosFlags extends SystemFlags, OpenLoopFlags {
  readonly timeline?: string;
}

const details = `
Plays faults on a timeline while requests come at a fixed rate, cuts the run into windows wherever
something broke or was well again, and judges each. The same three ledgers as in failover say what was
lost and what was done twice. Without --timeline it is drawn from --seed: the same seed, the same faults.

A timeline: 't=5s: kill 1 for 10s; t=20s: storm-500 2 for 5s'. The number is the backend's, from 1;
2,3 are two of them. Without "for" it lasts to the end. Faults:
  ${faultKinds.map(({ name }) => name).join(" ")}

Thresholds are as in run and failover, and may have a scope in front (default without any: ${chaosDefaults.thresholds.join(", ")}):
  failed: rate<1%              the run as a whole; failed<1% for short
  each: latency: p(99)<500ms   every window; each: p99<500ms for short
  during: failed<5%            every window with a fault
  calm: failed==0              every window without
Metrics:
${vocabularyHelp(chaosVocabulary)}

Exit codes:
  0 every threshold met    99 one was not    3 run invalid: the generator could not keep its schedule
  1 unexpected failure    2 wrong usage    78 bad configuration    130 interrupted with Ctrl-C

Examples:
  $ evenkeel loadtest chaos --seed 7
  $ evenkeel loadtest chaos --timeline 't=5s: kill 1 for 10s; t=20s: storm-500 2 for 5s'
  $ evenkeel loadtest chaos --config evenkeel.yaml --seed 3 --duration 2m \\
      --threshold 'during: failed<2%' --threshold 'calm: failed==0' --json chaos.json --html chaos.html
`;

/** Adds `chaos` to the `loadtest` command. */
export function addChaosCommand(loadtest: Command): void {
  const command = loadtest
    .command("chaos")
    .description("break one thing after the other under load, and judge every window of it");
  addSystemOptions(command);
  command.option("--timeline <faults>", "what breaks when (default: drawn from --seed)");
  addOpenLoopOptions(command, "of the load (default: 5s more than the timeline, or 60s)");
  command.addHelpText("after", details).action((flags: ChaosFlags) => runCommand(command, flags));
}

async function runCommand(command: Command, flags: ChaosFlags): Promise<void> {
  try {
    await requireOutputFolders(flags);
    const { start, backends } = systemStarter(flags);
    const options = { ...loadOptionsFrom(flags), timeline: flags.timeline };
    const plan = resolveChaos(options, backends);
    const liveView = createLiveView(process.stderr, flags.progress);
    const run = await withInterruption(async (signal) => {
      const system = await start([]);
      try {
        return await runChaos(plan, system, { signal, onProgress: showOpenLoop(liveView) });
      } finally {
        liveView.clear();
        await system.dispose();
      }
    });
    await print(run, flags);
    process.exitCode = openLoopExitCode(chaosDocument(run));
  } catch (error) {
    explainFailure(command, error);
  }
}

function print(run: ChaosRun, flags: ChaosFlags): Promise<void> {
  const result: PrintableResult = {
    document: chaosDocument(run),
    report: (context) => chaosReport(run, context),
    text: (paint) => renderChaos(run, paint),
    verdictLines: (paint) => chaosVerdictLines(run, paint),
    writeCsv: (file) => writeLedgers(file, [{ title: "", ledger: run.load.ledger }]),
  };
  return printResult(result, flags);
}
