import { createLoadtestCommand } from "@evenkeel/loadtest";
import { createProxyCommand } from "@evenkeel/proxy";
import { createBackendCommand } from "@evenkeel/test-backend";
import { createProgram } from "./program.ts";

await createProgram([createProxyCommand(), createBackendCommand(), createLoadtestCommand()]);
