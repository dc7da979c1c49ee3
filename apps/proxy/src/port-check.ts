import { createServer } from "node:net";
import { type ListenAddress, type ResolvedConfig, formatListenAddress } from "@evenkeel/config";
import { ListenError } from "./listen-error.ts";

/**
 * Binds every address once without `reusePort` and lets go of it. With `reusePort` alone the kernel
 * would let a second balancer of the same user share the port in silence.
 */
export async function requireFreeAddresses(config: ResolvedConfig): Promise<void> {
  for (const { address } of config.listeners) await requireFree(address);
}

async function requireFree(address: ListenAddress): Promise<void> {
  if (address.kind === "tcp" && address.port === 0) return;
  const server = createServer();
  const target = address.kind === "unix" ? { path: address.path } : address;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new ListenError(error.code ?? "", listenFailure(address, error)));
    });
    server.listen({ ...target, exclusive: true }, () => server.close(() => resolve()));
  });
}

function listenFailure(address: ListenAddress, error: NodeJS.ErrnoException): string {
  const where = formatListenAddress(address);
  switch (error.code) {
    case "EADDRINUSE":
      return `cannot listen on ${where}: the address is in use by another process`;
    case "EACCES":
      return `cannot listen on ${where}: permission denied (ports below 1024 need a privilege)`;
    case "EADDRNOTAVAIL":
      return `cannot listen on ${where}: this machine does not have that address`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
}
