import { fileURLToPath } from "node:url";

/** The whole program, as a file: an import would be an arrow that does not exist. */
export const evenkeelBinary: string = fileURLToPath(
  new URL("../../cli/bin/evenkeel.js", import.meta.url),
);
