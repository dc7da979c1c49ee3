import { expect, test } from "vitest";
import { parseRouteHost } from "./route-host.ts";

test.each([
  ["API.example.com", { kind: "exact", name: "api.example.com" }],
  ["api.example.com.", { kind: "exact", name: "api.example.com" }],
  ["10.0.0.1", { kind: "exact", name: "10.0.0.1" }],
  ["[::1]", { kind: "exact", name: "[::1]" }],
  ["*.Example.com", { kind: "wildcard", parent: "example.com" }],
  ["*.test.", { kind: "wildcard", parent: "test" }],
])("reads %s as %j", (text, value) => {
  expect(parseRouteHost(text)).toEqual({ ok: true, value });
});

test.each([
  ["api.example.com:80", "a route's host is compared without its port", "api.example.com"],
  ["*", "leave the host out to match every one", null],
  ["*.", '"*.": a * stands for the first labels, as in *.example.com', null],
  ["a*.test", '"a*.test": a * stands for the first labels, as in *.example.com', null],
  ["*.*.test", '"*.*.test": a * stands for the first labels, as in *.example.com', null],
  ["*.0.0.1", '"*.0.0.1": a * stands for the first labels, as in *.example.com', null],
  ["a b", '"a b" is not a host name', null],
  ["", '"" is not a host name', null],
])("refuses %j", (text, message, suggestion) => {
  expect(parseRouteHost(text)).toEqual({ ok: false, message, suggestion });
});
