import { randomBytes } from "node:crypto";

/** In front of the ids of one run: short, letters and digits, never the same again. */
export function createRunId(): string {
  return `e${randomBytes(4).toString("hex")}`;
}
