import { framingOffence, judgeBadRequests } from "./bad-requests.ts";
import type { Check } from "./check.ts";
import { target, wireRequest } from "./wire-request.ts";

const codings = [
  "gzip, chunked",
  "chunked, gzip",
  "identity, chunked",
  "cow, chunked",
  "xchunked",
  "chunked;q=1",
  '"chunked"',
  "chunked, chunked",
  "\x0bchunked",
  "identity",
];

/** Codings that one reader takes for chunked and the next does not (RFC 9112 section 6.1). */
export const transferCoding: Check = {
  name: "transfer-coding",
  group: "protocol",
  title: "smuggling: odd codings",
  rule: "a Transfer-Encoding that is not exactly chunked is refused, or never reaches a backend",
  run: (scene) =>
    judgeBadRequests(
      scene,
      codings.map((coding) => ({
        name: JSON.stringify(coding),
        send: wireRequest(
          `POST ${target} HTTP/1.1`,
          [`Transfer-Encoding: ${coding}`, "Connection: close"],
          "3\r\nabc\r\n0\r\n\r\n",
        ),
      })),
      framingOffence,
    ),
};
