import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The program's full path, looked for in PATH and where Debian puts servers; undefined if absent. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(":"), "/usr/local/sbin", "/usr/sbin"];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/** The first match of `pattern` in what the program prints about its version; "?" without one. */
export function readVersion(program: string, args: readonly string[], pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return pattern.exec(`${stdout}\n${stderr}`)?.[1] ?? "?";
}

/** The visible line about a program that is not installed. */
export function missingPackage(program: string, debianPackage: string): string {
  return `${program} is not installed (Debian package: ${debianPackage}; apt-get install ${debianPackage})`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
