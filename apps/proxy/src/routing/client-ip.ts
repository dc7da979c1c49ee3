import { isIP } from "node:net";
import { FieldId, type RequestForwarding, type RequestParser } from "@evenkeel/http1";

/**
 * Who sent the request: the peer, or, when that is a trusted proxy, the last address in
 * X-Forwarded-For that is not one. What stands before an address that nobody vouches for is hearsay.
 */
export function clientIp(
  request: RequestParser,
  { clientAddress, isPeerTrusted }: RequestForwarding,
  isTrusted: (address: string) => boolean,
): string {
  const { fields } = request;
  if (!isPeerTrusted || !fields.has(FieldId.forwardedFor)) return clientAddress;
  let client = clientAddress;
  for (let index = fields.count - 1; index >= 0; index--) {
    if (fields.id(index) !== FieldId.forwardedFor) continue;
    const line = request.text.slice(fields.valueStart(index), fields.valueEnd(index));
    for (const member of line.split(",").toReversed()) {
      const address = member.trim();
      if (isIP(address) === 0) return client;
      client = address;
      if (!isTrusted(client)) return client;
    }
  }
  return client;
}
