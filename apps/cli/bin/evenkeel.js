#!/usr/bin/env node
// Sources are TypeScript that Node itself strips, from 26.10 on. A person may call this file with an
// older Node; the installation brought the right one, so go on with that.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 26 || (major === 26 && minor >= 10)) {
  await import("../src/main.ts");
} else {
  const node = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(node)) {
    console.error(
      `evenkeel needs Node 26.10 or newer (this is ${process.versions.node}); run: npx -y pnpm@12 install`,
    );
    process.exit(1);
  }
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}
