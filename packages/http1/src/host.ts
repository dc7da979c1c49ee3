/**
 * Host and authority rules, stricter than RFC 3986: a registered name of letters, digits, `-`, `.`,
 * `_` and `~`, or an IPv6 literal, with an optional port of 0-65535 (security.md rows 38, 47).
 */
const hostPattern = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?$/;

export function isValidHost(host: string): boolean {
  const match = hostPattern.exec(host);
  if (match === null) return false;
  if (match[1] !== undefined && Number(match[1]) > 65_535) return false;
  return host.charCodeAt(0) !== 0x5b || isIpv6Literal(host);
}

// Enough to refuse what is clearly none: an address has two to eight groups and at most one "::".
function isIpv6Literal(host: string): boolean {
  const literal = host.slice(1, host.indexOf("]"));
  const groups = literal.split(":");
  const gaps = literal.split("::").length - 1;
  if (gaps > 1 || literal.includes(":::") || groups.length < 3 || groups.length > 8 + gaps)
    return false;
  return gaps === 1 || groups.every((group) => group !== "");
}

/** The name a route is matched against: lower case, without port and without a trailing dot. */
export function hostName(host: string): string {
  const portAt = host.charCodeAt(0) === 0x5b ? host.indexOf("]") + 1 : host.indexOf(":");
  const name = (portAt > 0 ? host.slice(0, portAt) : host).toLowerCase();
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** Whether two authorities name the same server once case and the default port are set aside. */
export function isSameAuthority(a: string, b: string, defaultPort: string): boolean {
  return hostName(a) === hostName(b) && portOf(a, defaultPort) === portOf(b, defaultPort);
}

function portOf(host: string, defaultPort: string): string {
  const at = host.lastIndexOf(":");
  const isPort = at > host.lastIndexOf("]") && at !== -1;
  return isPort ? String(Number(host.slice(at + 1))) : defaultPort;
}
