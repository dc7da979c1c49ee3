import type { Backend } from "@evenkeel/core";

/** Where `connect` of node:net finds a backend. */
export type DialTarget =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

export function dialTarget({
  host,
  port,
  socketPath,
}: Pick<Backend, "host" | "port" | "socketPath">): DialTarget {
  return socketPath === null ? { host, port } : { path: socketPath };
}
