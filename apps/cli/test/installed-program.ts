import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const usualFolders = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];

/** Every program of this name on PATH and where systems keep their programs, in that order. */
export function findPrograms(name: string): readonly string[] {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...usualFolders];
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

export function findProgram(name: string): string | undefined {
  return findPrograms(name)[0];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
