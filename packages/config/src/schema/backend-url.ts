import { accepted, type Parsed, refused } from "../parsed.ts";
import { formatAuthority, parseAuthority } from "./authority.ts";
import { parseUnixPath } from "./unix-path.ts";

export interface BackendAddress {
  /** `localhost` where the backend listens on a unix socket: what checks call it in their Host field. */
  readonly host: string;
  /** 0 where the backend listens on a unix socket. */
  readonly port: number;
  /** Absolute path of its unix socket; null = it listens on host and port. */
  readonly socketPath: string | null;
}

/**
 * Reads `http://host[:port]` (port 80 unless given) or `unix:/path`, as listeners and nginx's
 * upstreams spell it. Not the WHATWG parser: that one repairs what a person mistyped, and turns
 * `http://127.1` into an address that nobody wrote.
 */
export function parseBackendUrl(text: string): Parsed<BackendAddress> {
  const foreign = unixPathOfPeers(text);
  if (foreign !== null) {
    return refused(
      `${JSON.stringify(text)} is not how a unix socket is written`,
      `unix:${foreign}`,
    );
  }
  if (text.startsWith("unix:")) return parseUnixBackend(text.slice("unix:".length));
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return refusedWithoutScheme(text);
  if (scheme.toLowerCase() !== "http") {
    return refused(`${JSON.stringify(text)}: only http:// backends are supported`);
  }
  // "http://host/" names the same origin as "http://host" (RFC 9110 section 4.2.3).
  const authority = rest.endsWith("/") ? rest.slice(0, -1) : rest;
  if (authority.includes("@")) return refused("a backend's URL must not hold a user name");
  if (/[/?#]/.test(authority)) {
    return refused(`${JSON.stringify(text)}: a backend's URL must not hold a path or a query`);
  }
  return parseOrigin(text, authority);
}

function parseUnixBackend(path: string): Parsed<BackendAddress> {
  const parsed = parseUnixPath(path);
  if (!parsed.ok) return parsed;
  return accepted({ host: "localhost", port: 0, socketPath: parsed.value });
}

/** The path in what nginx's proxy_pass, HAProxy, Caddy and URL writers would say; null = nothing of theirs. */
function unixPathOfPeers(text: string): string | null {
  const [, path = null] =
    /^(?:http:\/\/unix:|unix@|unix(?=\/\/)|unix:\/(?=\/))(\/.*?):?$/.exec(text) ?? [];
  return path === null ? null : path.replace(/^\/+/, "/");
}

/** The address as {@link parseBackendUrl} reads it back. */
export function formatBackendUrl({ host, port, socketPath }: BackendAddress): string {
  return socketPath === null ? `http://${formatAuthority(host, port)}` : `unix:${socketPath}`;
}

function parseOrigin(text: string, authority: string): Parsed<BackendAddress> {
  const result = parseAuthority(authority);
  if (!result.ok) return result;
  const { host, port } = result.value;
  if (host === "") return refused(`${JSON.stringify(text)} has no host`);
  if (port === 0) return refused("0 is not a port; ports go from 1 to 65535");
  return accepted({ host, port: port ?? 80, socketPath: null });
}

function refusedWithoutScheme(text: string): Parsed<never> {
  const meant = `http://${text}`;
  const isMeant = !text.includes("://") && text !== "" && parseBackendUrl(meant).ok;
  const message = `${JSON.stringify(text)} is not a URL such as http://127.0.0.1:8081`;
  return refused(message, isMeant ? meant : null);
}
