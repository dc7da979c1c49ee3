import { Command } from "commander";
import { exitCodes } from "./exit-codes.ts";

type AddCommand = (loadtest: Command) => void;

/** What adds each of them, in the order in which help lists them. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import("./run-command.ts")).addRunCommand,
  sweep: async () => (await import("./sweep-command.ts")).addSweepCommand,
  compare: async () => (await import("./compare-command.ts")).addCompareCommand,
  distribution: async () => (await import("./distribution-command.ts")).addDistributionCommand,
  failover: async () => (await import("./failover-command.ts")).addFailoverCommand,
  chaos: async () => (await import("./chaos-command.ts")).addChaosCommand,
  sticky: async () => (await import("./sticky-command.ts")).addStickyCommand,
  report: async () => (await import("./report-command.ts")).addReportCommand,
  schema: async () => (await import("./schema-command.ts")).addSchemaCommand,
  scorecard: async () => (await import("./scorecard-command.ts")).addScorecardCommand,
};

/**
 * `evenkeel loadtest`: checks a balancer from outside. Wrong usage ends the process with code 2. `name` is what
 * was typed after it: the code of that command alone is loaded, since one that only counts answers needs no
 * scorecard. For anything but a command's name, all of them, so that help can list them.
 */
export async function createLoadtestCommand(name?: string): Promise<Command> {
  const command = new Command("loadtest")
    .description("check any load balancer from outside: who answered, how evenly, what was lost")
    .showHelpAfterError("Run it with --help for options and examples.")
    // commander's own code for wrong usage is 1, which here means a failure at run time.
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage));
  const chosen = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  const loading = (chosen === undefined ? Object.values(commands) : [chosen]).map((load) => load());
  for (const add of await Promise.all(loading)) add(command);
  return command.addHelpText("after", examples);
}

const examples = `
Examples:
  $ evenkeel loadtest run http://127.0.0.1:8080/ --rate 300/s --duration 30s --threshold 'failed: rate<0.1%'
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --requests 1000 --connections 50
  $ evenkeel loadtest distribution http://127.0.0.1:8080/ --weights a=3,b=1 --tolerance 5% --json
  $ evenkeel loadtest failover --config evenkeel.yaml --fault kill --threshold 'failover<100ms'
  $ evenkeel loadtest sticky --sessions 1000 --visits 20
  $ evenkeel loadtest chaos --timeline 't=5s: kill 1 for 10s; t=20s: storm-500 2 for 5s' --html chaos.html
  $ evenkeel loadtest scorecard --target nginx --target haproxy
  $ evenkeel loadtest report chaos.json --html chaos.html`;
