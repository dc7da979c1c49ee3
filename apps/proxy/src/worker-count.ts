import { availableParallelism } from "node:os";
import type { ResolvedConfig } from "@evenkeel/config";

const hasReusePort = process.platform === "linux";

/** One worker serves all unix sockets, so without a port the others would have nothing to do. */
export function workerCount({ workers, listeners }: ResolvedConfig): number {
  const wanted = workers === "auto" ? availableParallelism() : workers;
  const hasPort = listeners.some(({ address }) => address.kind === "tcp");
  return hasPort && hasReusePort ? wanted : Math.min(wanted, 1);
}
