import { createLoadtestCommand } from "@evenkeel/loadtest";
import { createProxyCommand } from "@evenkeel/proxy";
import { createSimulateCommand } from "@evenkeel/simulator";
import { createBackendCommand } from "@evenkeel/test-backend";
import { runProgram } from "./program.ts";

await runProgram([
  createProxyCommand(),
  createBackendCommand(),
  createLoadtestCommand(),
  createSimulateCommand(),
]);
