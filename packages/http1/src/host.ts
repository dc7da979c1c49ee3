/**
 * Host and authority rules, stricter than RFC 3986: a registered name without percent-encoding,
 * comma or empty label, or an IPv6 literal, with an optional port of 0-65535 (security.md rows 38,
 * 47). The other sub-delims pass: nothing reads them as the end of a host.
 */
const hostPattern =
  /^(?:[\w~!$&'()*+;=-]+(?:\.[\w~!$&'()*+;=-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?$/;

export function isValidHost(host: string): boolean {
  const match = hostPattern.exec(host);
  if (match === null) return false;
  if (match[1] !== undefined && Number(match[1]) > 65_535) return false;
  return host.charCodeAt(0) !== 0x5b || isIpv6Literal(host);
}

const ipv6Group = /^[0-9A-Fa-f]{1,4}$/;
const ipv4Tail = /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/;

// Enough to refuse what is clearly none: an address has eight groups, or fewer and one "::".
function isIpv6Literal(host: string): boolean {
  const literal = host.slice(1, host.indexOf("]"));
  const halves = literal.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const hasTail = !literal.endsWith("::") && ipv4Tail.test(groups.at(-1) ?? "");
  const hexGroups = hasTail ? groups.slice(0, -1) : groups;
  const count = hexGroups.length + (hasTail ? 2 : 0);
  if (halves.length > 2 || (halves.length === 2 ? count > 7 : count !== 8)) return false;
  return hexGroups.every((group) => ipv6Group.test(group));
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
