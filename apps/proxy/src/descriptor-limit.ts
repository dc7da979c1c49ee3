import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";

/** Kept back for logs, checks, listening sockets and whatever a library opens. */
const reserved = 100;
const assumedDescriptors = 10_240;

/**
 * Client connections that the process can hold: nine tenths of its descriptors after the reserve,
 * two for each, because a request needs one to its backend (security.md section 4).
 */
export function connectionsByDescriptors(): number {
  return Math.max(16, Math.floor((0.9 * (openFileLimit() - reserved)) / 2));
}

/**
 * Whether a file can be opened now. libuv closes connections that it cannot accept for want of a
 * descriptor without telling anyone, so somebody has to look.
 */
export function hasDescriptors(): boolean {
  try {
    closeSync(openSync(devNull, "r"));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== "EMFILE" && code !== "ENFILE";
  }
}

/** The soft limit of this process. Node has no call for it; elsewhere than on Linux it is assumed. */
function openFileLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? assumedDescriptors : Number(soft);
  } catch {
    return assumedDescriptors;
  }
}
