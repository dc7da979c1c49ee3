const protocol = "[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?";
const protocolList = new RegExp(`^${protocol}(?:[ \\t]*,[ \\t]*${protocol})*$`);

/** `Upgrade = 1#protocol`, `protocol = name ["/" version]` (RFC 9110 7.8). */
export function isProtocolList(value: string): boolean {
  return protocolList.test(value);
}

/** Whether a 101 switches to one of the protocols that were asked for (row 57). */
export function isAcceptedUpgrade(requested: string, chosen: string): boolean {
  if (!isProtocolList(chosen)) return false;
  const wanted = requested
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  return chosen
    .toLowerCase()
    .split(",")
    .every((name) => wanted.includes(name.trim()));
}
