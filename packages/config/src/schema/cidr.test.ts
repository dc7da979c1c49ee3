import { expect, test } from "vitest";
import { parseCidr } from "./cidr.ts";

test.each(["10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "::1", "fd00::/8", "::/128"])(
  "reads %s",
  (text) => {
    expect(parseCidr(text)).toEqual({ ok: true, value: text });
  },
);

test.each([
  ["10.0.0.0/33", '"10.0.0.0/33": the prefix of such a network goes from /0 to /32'],
  ["10.0.0.0/08", '"10.0.0.0/08": the prefix of such a network goes from /0 to /32'],
  ["10.0.0.0/", '"10.0.0.0/": the prefix of such a network goes from /0 to /32'],
  ["::/129", '"::/129": the prefix of such a network goes from /0 to /128'],
  ["10.0.0/8", '"10.0.0/8" is neither an IP address nor a network (10.0.0.0/8)'],
  ["10.0.0.0/8/8", '"10.0.0.0/8/8" is neither an IP address nor a network (10.0.0.0/8)'],
  ["localhost", '"localhost" is neither an IP address nor a network (10.0.0.0/8)'],
  ["fe80::1%eth0", '"fe80::1%eth0" is neither an IP address nor a network (10.0.0.0/8)'],
])("refuses %s", (text, message) => {
  expect(parseCidr(text)).toEqual({ ok: false, message, suggestion: null });
});
