import type { HashKey } from "@evenkeel/core";
import type { RequestForwarding, RequestParser } from "@evenkeel/http1";
import { clientIp } from "./client-ip.ts";
import { fieldOf, parameterOf, pathOf } from "./request-values.ts";

const equalsSign = 0x3d;

/**
 * The part of a request that its pool's strategy hashes, "" when the request has none. Bytes count as
 * they came: `%41` and `A` are two keys, as they are two targets to whoever is behind us.
 */
export function readHashKey(
  key: HashKey,
  request: RequestParser,
  forwarding: RequestForwarding,
  isTrusted: (address: string) => boolean,
): string {
  switch (key.from) {
    case "client-ip":
      return clientIp(request, forwarding, isTrusted);
    case "path":
      return pathOf(request.target);
    case "query":
      return parameterOf(request.target, key.name) ?? "";
    case "cookie":
      return cookieOf(request, key.name);
    default:
      return fieldOf(request, key.name) ?? "";
  }
}

/** The value of the first cookie of exactly this name (RFC 6265 4.2.1), quotes included. */
function cookieOf(request: RequestParser, name: string): string {
  const { fields, text } = request;
  for (let index = 0; index < fields.count; index++) {
    if (!fields.isNamed(text, index, "cookie")) continue;
    const value = cookieIn(text, fields.valueStart(index), fields.valueEnd(index), name);
    if (value !== "") return value;
  }
  return "";
}

function cookieIn(text: string, from: number, to: number, name: string): string {
  let end: number;
  for (let start = from; start < to; start = end + 1) {
    const next = text.indexOf(";", start);
    end = next === -1 || next > to ? to : next;
    while (isBlank(text, start)) start++;
    const valueStart = start + name.length + 1;
    if (valueStart > end || text.charCodeAt(valueStart - 1) !== equalsSign) continue;
    if (text.startsWith(name, start)) return text.slice(valueStart, end).trimEnd();
  }
  return "";
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
