import type { ListenAddress } from "@evenkeel/config";
// Not from the package's index: workers load this file, and need no YAML parser (8 MB each).
import { formatListenAddress } from "@evenkeel/config/listen-address";

/** A listener could not be bound; the command exits with 69. The message is for people. */
export class ListenError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ListenError";
    this.code = code;
  }
}

/** What the platform said about an address, in words. */
export function listenError(address: ListenAddress, error: NodeJS.ErrnoException): ListenError {
  const where = formatListenAddress(address);
  const { code = "", message } = error;
  const known = address.kind === "unix" ? { ...reasons, ...unixReasons } : reasons;
  return new ListenError(code, `cannot listen on ${where}: ${known[code] ?? message}`);
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use by another process",
  EACCES: "permission denied (ports below 1024 need a privilege)",
  EADDRNOTAVAIL: "this machine does not have that address",
};

const unixReasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ENOENT: "its folder does not exist",
};
