import { ipv6Groups } from "../ipv6-groups.ts";

/**
 * What one client can be told from the next by: its IPv4 address, or the /64 of its IPv6 address,
 * because whoever has one IPv6 address has the whole network. Equal however the address is written.
 */
export function clientNetwork(address: string): string {
  if (!address.includes(":")) return address;
  const groups = ipv6Groups(address);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return dotted(groups[6] ?? 0, groups[7] ?? 0);
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}
