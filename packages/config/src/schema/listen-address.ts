import { accepted, type Parsed, refused } from "../parsed.ts";
import type { ListenAddress } from "../resolved-config.ts";
import { formatAuthority, parseAuthority } from "./authority.ts";

/** `sun_path` holds 108 bytes on Linux with the final zero; Node cuts longer paths silently. */
const longestUnixPath = 107;

/**
 * Reads `host:port`, `:port` (every interface: host is empty) or `unix:/path`. Port 0 lets the
 * system choose one.
 */
export function parseListenAddress(text: string): Parsed<ListenAddress> {
  if (text.startsWith("unix:")) return parseUnixPath(text.slice("unix:".length));
  if (/^\d+$/.test(text)) return refused(`${text} is only a port`, `:${text}`);
  const result = parseAuthority(text);
  if (!result.ok) return result;
  const { host, port } = result.value;
  if (port === null) return refused(`${JSON.stringify(text)} has no port`, `${text}:8080`);
  return accepted({ kind: "tcp", host, port });
}

function parseUnixPath(path: string): Parsed<ListenAddress> {
  if (!path.startsWith("/") || path.includes("\0")) {
    return refused("a unix socket needs an absolute path, as in unix:/run/evenkeel.sock");
  }
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > longestUnixPath) {
    return refused(`the socket's path has ${bytes} bytes; at most ${longestUnixPath} are possible`);
  }
  return accepted({ kind: "unix", path });
}

/** The address as {@link parseListenAddress} reads it back. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return formatAuthority(address.host, address.port);
}
