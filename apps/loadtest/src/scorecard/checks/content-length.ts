import { framingOffence, judgeBadRequests } from "./bad-requests.ts";
import type { Check } from "./check.ts";
import { target, wireRequest } from "./wire-request.ts";

const lengths: readonly (readonly string[])[] = [
  ["+3"],
  ["-3"],
  ["0x3"],
  ["3.0"],
  ["3 3"],
  ["3,4"],
  ["3", "4"],
  ["\x0b3"],
  ["18446744073709551619"],
];

/** Lengths that readers disagree about (RFC 9112 section 6.3). */
export const contentLength: Check = {
  name: "content-length",
  group: "protocol",
  title: "smuggling: odd lengths",
  rule: "a Content-Length that is not one plain number is refused, or never reaches a backend",
  run: (scene) =>
    judgeBadRequests(
      scene,
      lengths.map((values) => ({
        name: JSON.stringify(values.join(" and ")),
        send: wireRequest(
          `POST ${target} HTTP/1.1`,
          [...values.map((value) => `Content-Length: ${value}`), "Connection: close"],
          "abc",
        ),
      })),
      framingOffence,
    ),
};
