import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ReportEnvironment } from "./report-document.ts";

const run = promisify(execFile);
const ownFolder = fileURLToPath(new URL(".", import.meta.url));

/** Where this process runs. */
export async function describeEnvironment(): Promise<ReportEnvironment> {
  const cpus = os.cpus();
  const [version, commit] = await Promise.all([ownVersion(), ownCommit()]);
  return {
    version,
    commit,
    node: process.version,
    os: `${os.platform()} ${os.release()} ${os.arch()}`,
    cpu: cpus[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
  };
}

async function ownVersion(): Promise<string | null> {
  try {
    const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
    const { version } = JSON.parse(text) as { readonly version?: unknown };
    return typeof version === "string" ? version : null;
  } catch {
    return null;
  }
}

/** An installed copy has no commit, and a machine may have no git. */
async function ownCommit(): Promise<string | null> {
  try {
    const args = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
    const { stdout } = await run("git", args, { cwd: ownFolder, timeout: 2000 });
    return stdout.trim() === "" ? null : stdout.trim();
  } catch {
    return null;
  }
}
