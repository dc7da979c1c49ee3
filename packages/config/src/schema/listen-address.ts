import { accepted, type Parsed, refused } from "../parsed.ts";
import type { ListenAddress } from "../resolved-config.ts";
import { formatAuthority, parseAuthority } from "./authority.ts";
import { parseUnixPath } from "./unix-path.ts";

/** Sockets are bound as `PATH.1a2b3c` and then moved to their place. */
const hiddenSuffixBytes = 7;

/**
 * Reads `host:port`, `:port` (every interface: host is empty) or `unix:/path`. Port 0 lets the
 * system choose one.
 */
export function parseListenAddress(text: string): Parsed<ListenAddress> {
  if (text.startsWith("unix:")) {
    const parsed = parseUnixPath(text.slice("unix:".length), hiddenSuffixBytes);
    return parsed.ok ? accepted({ kind: "unix", path: parsed.value }) : parsed;
  }
  if (/^\d+$/.test(text)) return refused(`${text} is only a port`, `:${text}`);
  const result = parseAuthority(text);
  if (!result.ok) return result;
  const { host, port } = result.value;
  if (port === null) return refused(`${JSON.stringify(text)} has no port`, `${text}:8080`);
  return accepted({ kind: "tcp", host, port });
}

/** The address as {@link parseListenAddress} reads it back. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return formatAuthority(address.host, address.port);
}
