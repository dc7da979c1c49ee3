import { createServer } from "node:net";
import type { ListenAddress, ListenerConfig } from "@evenkeel/config";
import { listenError } from "./listen-error.ts";
import { requireFreeSocket } from "./unix-socket.ts";

/**
 * Binds every port once without `reusePort` and lets go of it. With `reusePort` alone the kernel
 * would let a second balancer of the same user share the port in silence.
 */
export async function requireFreeAddresses(listeners: readonly ListenerConfig[]): Promise<void> {
  for (const { address } of listeners) await requireFree(address);
}

async function requireFree(address: ListenAddress): Promise<void> {
  if (address.kind === "unix") {
    await requireFreeSocket(address.path);
    return;
  }
  if (address.port === 0) return;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(listenError(address, error));
    });
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve()));
  });
}
