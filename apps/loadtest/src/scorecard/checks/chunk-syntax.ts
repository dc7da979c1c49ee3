import { anyWhole, judgeBadRequests } from "./bad-requests.ts";
import type { Check } from "./check.ts";
import { target, wireRequest } from "./wire-request.ts";

const bodies: Readonly<Record<string, string>> = {
  "size 0x3": "0x3\r\nabc\r\n0\r\n\r\n",
  "size +3": "+3\r\nabc\r\n0\r\n\r\n",
  "size zz": "zz\r\nabc\r\n0\r\n\r\n",
  "size of 17 digits": "10000000000000003\r\nabc\r\n0\r\n\r\n",
  "bare LF after the size": "3\nabc\r\n0\r\n\r\n",
  "bare LF after the data": "3\r\nabc\n0\r\n\r\n",
  "no line end after the data": "3\r\nabc0\r\n\r\n",
  "bare CR in an extension": "3;a\rb\r\nabc\r\n0\r\n\r\n",
  "bare LF in an extension": "3;a\nabc\r\n0\r\n\r\n",
};

/** Chunks that end elsewhere for the next reader (RFC 9112 section 7.1). */
export const chunkSyntax: Check = {
  name: "chunk-syntax",
  group: "protocol",
  title: "smuggling: malformed chunks",
  rule: "a body with a malformed chunk is refused, and never reaches a backend as a whole one",
  run: (scene) =>
    judgeBadRequests(
      scene,
      Object.entries(bodies).map(([name, body]) => ({
        name,
        send: wireRequest(
          `POST ${target} HTTP/1.1`,
          ["Transfer-Encoding: chunked", "Connection: close"],
          body,
        ),
      })),
      anyWhole,
    ),
};
