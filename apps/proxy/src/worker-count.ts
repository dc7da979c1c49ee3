import { availableParallelism } from "node:os";
import type { ResolvedConfig } from "@evenkeel/config";

const hasReusePort = process.platform === "linux";

/** A unix socket cannot be shared by several listening sockets, so one worker serves it. */
export function workerCount({ workers, listeners }: ResolvedConfig): number {
  const wanted = workers === "auto" ? availableParallelism() : workers;
  const hasUnix = listeners.some(({ address }) => address.kind === "unix");
  return hasUnix || !hasReusePort ? Math.min(wanted, 1) : wanted;
}
