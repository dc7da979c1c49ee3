#!/usr/bin/env node
import { runOnNode26 } from "@evenkeel/cli/run-on-node-26.js";

await runOnNode26(import.meta.url, new URL("../src/main.ts", import.meta.url));
