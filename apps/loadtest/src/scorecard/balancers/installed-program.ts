import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Availability } from "./balancer.ts";

/** Where Debian puts servers, and PATH of a plain user does not look. */
const serverFolders = ["/usr/local/sbin", "/usr/sbin"];

/** The program's full path; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...serverFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Looks for a program whose Debian package has the same name, and asks it for its version. */
export function locateProgram(
  name: string,
  versionArgs: readonly string[],
  pattern: RegExp,
): Availability {
  const program = findProgram(name);
  if (program === undefined) {
    const reason = `${name} is not installed (Debian package: ${name}; apt-get install ${name})`;
    return { kind: "missing", reason };
  }
  const { stdout, stderr } = spawnSync(program, versionArgs, { encoding: "utf8" });
  return { kind: "ready", version: pattern.exec(`${stdout}\n${stderr}`)?.[1] ?? "?" };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
