import type { Backend } from "@evenkeel/core";

/** As people write it. */
export function backendUrl({ host, port }: Pick<Backend, "host" | "port">): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
