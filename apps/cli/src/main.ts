import { commandsFor } from "./apps.ts";
import { outliveClosedOutput } from "./outlive-closed-output.ts";
import { runProgram } from "./program.ts";

outliveClosedOutput();
await runProgram(await commandsFor(process.argv.slice(2)));
