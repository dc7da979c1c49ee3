import { runBackendsCommand } from "./backends/run-backends-command.ts";

process.exitCode = await runBackendsCommand(process.argv.slice(2));
