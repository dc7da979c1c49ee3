import { expect, test } from "vitest";
import { formatBackendUrl, parseBackendUrl } from "./backend-url.ts";

test.each([
  ["http://127.0.0.1:8081", { host: "127.0.0.1", port: 8081 }],
  ["http://web", { host: "web", port: 80 }],
  ["http://Web_1.internal.:8081/", { host: "web_1.internal.", port: 8081 }],
  ["HTTP://[::1]:8081", { host: "::1", port: 8081 }],
])("reads %s", (text, expected) => {
  const value = { ...expected, socketPath: null };
  expect(parseBackendUrl(text)).toEqual({ ok: true, value });
});

test("reads a unix socket, and writes it the same", () => {
  const value = { host: "localhost", port: 0, socketPath: "/run/my app.sock" };
  expect(parseBackendUrl("unix:/run/my app.sock")).toEqual({ ok: true, value });
  expect(formatBackendUrl(value)).toBe("unix:/run/my app.sock");
});

test("writes an address as it is read", () => {
  for (const text of ["http://web:80", "http://[::1]:8081"]) {
    const parsed = parseBackendUrl(text);
    expect(parsed.ok && formatBackendUrl(parsed.value)).toBe(text);
  }
});

test.each([
  "unix:///run/app.sock",
  "unix//run/app.sock",
  "unix@/run/app.sock",
  "http://unix:/run/app.sock",
  "http://unix:/run/app.sock:",
])("says how %s of other balancers is written here", (text) => {
  const message = `${JSON.stringify(text)} is not how a unix socket is written`;
  const expected = { ok: false, message, suggestion: "unix:/run/app.sock" };
  expect(parseBackendUrl(text)).toEqual(expected);
});

test.each([
  ["https://web", '"https://web": only http:// backends are supported', null],
  ["web:81", '"web:81" is not a URL such as http://127.0.0.1:8081', "http://web:81"],
  ["", '"" is not a URL such as http://127.0.0.1:8081', null],
  ["http://u:p@web", "a backend's URL must not hold a user name", null],
  ["http://web/x", '"http://web/x": a backend\'s URL must not hold a path or a query', null],
  ["http://web//", '"http://web//": a backend\'s URL must not hold a path or a query', null],
  ["http://web?x", '"http://web?x": a backend\'s URL must not hold a path or a query', null],
  ["http://web:0", "0 is not a port; ports go from 1 to 65535", null],
  ["http://web:65536", '"65536" is not a port; ports go from 1 to 65535', null],
  ["http://:80", '"http://:80" has no host', null],
  ["http://", '"http://" has no host', null],
  ["unix:app.sock", "a unix socket needs an absolute path, as in unix:/run/evenkeel.sock", null],
  [`unix:/${"x".repeat(107)}`, "the socket's path has 108 bytes; at most 107 are possible", null],
  ["http://127.1", '"127.1" is neither a host name nor an IP address', null],
  ["http://a\nb", '"a\\nb" is neither a host name nor an IP address', null],
])("refuses %j", (text, message, suggestion) => {
  expect(parseBackendUrl(text)).toEqual({ ok: false, message, suggestion });
});
