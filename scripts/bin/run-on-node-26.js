// Plain JavaScript that any Node from 18 on can read: whoever types the command may have an old one.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const marker = "EVENKEEL_SCRIPTS_RESTARTED";

/**
 * Imports `entry` (a URL to TypeScript) on Node 26.10 or newer: in this process if it is one, else
 * by running `bin` (the caller's own URL) again on the Node that the project installed.
 */
export async function runOnNode26(bin, entry) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 26 || (major === 26 && minor >= 10)) {
    delete process.env[marker];
    await import(entry.href);
    return;
  }
  const node = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
  if (process.env[marker]) giveUp(`${node} is Node ${process.versions.node}, and 26.10 is needed`);
  const child = spawn(node, [fileURLToPath(bin), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, [marker]: "1" },
  });
  forwardSignals(child);
  child.on("error", (error) => giveUp(`cannot start Node 26 (${error.message}); run pnpm install`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
  });
}

function forwardSignals(child) {
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal sends Ctrl-C to the child itself; twice would mean "do not finish, end at once".
    const reachesChild = signal === "SIGINT" && onTerminal;
    process.on(signal, () => reachesChild || child.kill(signal));
  }
}

function giveUp(reason) {
  process.stderr.write(`evenkeel: ${reason}\n`);
  process.exit(1);
}
