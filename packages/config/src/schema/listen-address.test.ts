import { expect, test } from "vitest";
import { formatListenAddress, parseListenAddress } from "./listen-address.ts";

test.each([
  ["127.0.0.1:8080", { kind: "tcp", host: "127.0.0.1", port: 8080 }],
  [":8080", { kind: "tcp", host: "", port: 8080 }],
  ["[::1]:8080", { kind: "tcp", host: "::1", port: 8080 }],
  ["LocalHost:0", { kind: "tcp", host: "localhost", port: 0 }],
  ["unix:/run/evenkeel.sock", { kind: "unix", path: "/run/evenkeel.sock" }],
])("reads %s", (text, expected) => {
  expect(parseListenAddress(text)).toEqual({ ok: true, value: expected });
});

test.each([
  ["8080", "8080 is only a port", ":8080"],
  ["127.0.0.1", '"127.0.0.1" has no port', "127.0.0.1:8080"],
  ["::1:8080", '"::1:8080": an IPv6 address needs brackets, as in [::1]:8080', null],
  ["[1.2.3.4]:80", '"1.2.3.4" is not an IPv6 address', null],
  ["host:65536", '"65536" is not a port; ports go from 1 to 65535', null],
  ["host:", '"" is not a port; ports go from 1 to 65535', null],
  ["256.1.1.1:80", '"256.1.1.1" is neither a host name nor an IP address', null],
  ["a b:80", '"a b" is neither a host name nor an IP address', null],
  ["*:80", '"*" is neither a host name nor an IP address', null],
  ["unix:run/x.sock", "a unix socket needs an absolute path, as in unix:/run/evenkeel.sock", null],
])("refuses %s", (text, message, suggestion) => {
  expect(parseListenAddress(text)).toEqual({ ok: false, message, suggestion });
});

test("refuses a socket path that the system would cut", () => {
  expect(parseListenAddress(`unix:/${"x".repeat(99)}`).ok).toBe(true);
  expect(parseListenAddress(`unix:/${"x".repeat(100)}`)).toMatchObject({
    message: "the socket's path has 101 bytes; at most 100 are possible",
  });
});

test("writes an address as it is read", () => {
  for (const text of ["127.0.0.1:80", ":80", "[::1]:80", "unix:/a"]) {
    const result = parseListenAddress(text);
    expect(result.ok && formatListenAddress(result.value)).toBe(text);
  }
});
