import { Command } from "commander";
import { addChaosCommand } from "./chaos-command.ts";
import { addCompareCommand } from "./compare-command.ts";
import { addDistributionCommand } from "./distribution-command.ts";
import { exitCodes } from "./exit-codes.ts";
import { addFailoverCommand } from "./failover-command.ts";
import { addRunCommand } from "./run-command.ts";
import { addReportCommand } from "./report-command.ts";
import { addSchemaCommand } from "./schema-command.ts";
import { addScorecardCommand } from "./scorecard-command.ts";
import { addStickyCommand } from "./sticky-command.ts";
import { addSweepCommand } from "./sweep-command.ts";

/** `evenkeel loadtest`: checks a balancer from outside. Wrong usage ends the process with code 2. */
export function createLoadtestCommand(): Command {
  const command = new Command("loadtest")
    .description("check any load balancer from outside: who answered, how evenly, what was lost")
    .showHelpAfterError("Run it with --help for options and examples.")
    // commander's own code for wrong usage is 1, which here means a failure at run time.
    .exitOverride((error) => process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage));
  addRunCommand(command);
  addSweepCommand(command);
  addCompareCommand(command);
  addDistributionCommand(command);
  addFailoverCommand(command);
  addChaosCommand(command);
  addStickyCommand(command);
  addReportCommand(command);
  addSchemaCommand(command);
  addScorecardCommand(command);
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
