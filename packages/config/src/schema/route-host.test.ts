import { expect, test } from "vitest";
import { parseRouteHost } from "./route-host.ts";

test.each([
  ["API.example.com", "api.example.com"],
  ["10.0.0.1", "10.0.0.1"],
  ["[::1]", "[::1]"],
])("reads %s as %s", (text, expected) => {
  expect(parseRouteHost(text)).toEqual({ ok: true, value: expected });
});

test.each([
  ["api.example.com:80", "a route's host is compared without its port", "api.example.com"],
  ["*.example.com", '"*.example.com": only exact host names match', null],
  ["a b", '"a b" is not a host name', null],
  ["", '"" is not a host name', null],
])("refuses %j", (text, message, suggestion) => {
  expect(parseRouteHost(text)).toEqual({ ok: false, message, suggestion });
});
