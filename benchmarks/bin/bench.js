#!/usr/bin/env node
// The benchmark needs the project's own Node 26 (type stripping, and the peers in Node are
// measured on it). Under an older one this file starts itself again with the Node that came with
// the install and passes signals and the exit code through.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 26 || (major === 26 && minor >= 10)) {
  await import("../src/main.ts");
} else if (process.env.EVENKEEL_BENCH_REEXECUTED) {
  console.error(`evenkeel-bench needs Node 26.10 or newer, this is ${process.versions.node}`);
  process.exit(1);
} else {
  const node = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, EVENKEEL_BENCH_REEXECUTED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal sends Ctrl-C to the child as well; the child ignores the second one.
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`evenkeel-bench: cannot start ${node}: ${error.message}; run pnpm install first`);
    process.exit(1);
  });
  child.on("exit", (code) => process.exit(code ?? 1));
}
