import { isIP } from "node:net";
import { accepted, type Parsed, refused } from "../parsed.ts";

/** Reads one IP address, or a network such as `10.0.0.0/8` or `fd00::/8`, and keeps it as written. */
export function parseCidr(text: string): Parsed<string> {
  const [address = "", prefix, ...more] = text.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  const bits = version === 6 ? 128 : 32;
  if (version === 0 || more.length > 0) {
    return refused(`${JSON.stringify(text)} is neither an IP address nor a network (10.0.0.0/8)`);
  }
  if (prefix === undefined) return accepted(text);
  if (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits) return accepted(text);
  return refused(`${JSON.stringify(text)}: the prefix of such a network goes from /0 to /${bits}`);
}
