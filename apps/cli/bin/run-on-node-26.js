// Plain JavaScript that any Node from 18 on can read: whoever types the command may have an old one.
import { spawn } from "node:child_process";
import module from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const marker = "EVENKEEL_RESTARTED_ON_NODE_26";
/**
 * Stripping the types of a TypeScript file takes a WebAssembly module of 20 MB in every thread; from
 * the second start on, the stripped and compiled files come from here. Not the shared temporary
 * folder, where others could put code. A folder that cannot be written is no error: nothing is kept.
 */
const compileCache = fileURLToPath(
  new URL("../../../node_modules/.cache/evenkeel", import.meta.url),
);
const installedNode = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));

/**
 * Imports `entry` (a URL to TypeScript) on Node 26.10 or newer: in this process if it is one, else
 * by running `bin` (the caller's own URL) again on the Node that the project installed. Signals go
 * to that one, and its exit code becomes ours.
 */
export async function runOnNode26(bin, entry) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 26 || (major === 26 && minor >= 10)) {
    delete process.env[marker];
    module.enableCompileCache(compileCache);
    await import(entry.href);
    return;
  }
  if (process.env[marker]) {
    giveUp(`${installedNode} is Node ${process.versions.node}, and 26.10 is needed`);
  }
  // From before the child is there, so that no signal can end us and leave it behind.
  forwardSignals(() => child);
  const child = spawn(installedNode, [fileURLToPath(bin), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, [marker]: "1" },
  });
  child.on("error", (error) => {
    giveUp(
      `Node 26.10 or newer is needed, this is ${process.versions.node}, and ${installedNode} ` +
        `does not start (${error.message}); run: npx -y pnpm@12 install`,
    );
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

function forwardSignals(childNow) {
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal sends Ctrl-C to the child itself; twice would mean "do not finish, end at once".
    const reachesChild = signal === "SIGINT" && onTerminal;
    process.on(signal, () => reachesChild || childNow().kill(signal));
  }
}

function giveUp(reason) {
  process.stderr.write(`evenkeel: ${reason}\n`);
  process.exit(1);
}
