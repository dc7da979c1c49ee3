import { expect, test } from "vitest";
import { parseLocation } from "./location.ts";

test.each([
  "/new",
  "/new{rest}{query}",
  "{path}",
  "{rest}?from=here",
  "https://{host}{path}{query}",
  "https://{host}:8443{path}",
  "https://{host}/x",
  "http://www.example.com",
  "https://www.example.com:8443{rest}",
  "https://[::1]:8080/x",
])("reads %s", (text) => {
  const result = parseLocation(text);
  const written = result.ok
    ? result.value.map((part) => ("text" in part ? part.text : `{${part.from}}`)).join("")
    : result.message;
  expect(written).toBe(text);
});

test.each([
  ["new", "must begin with a slash"],
  ["//evil.example", "must begin with a slash"],
  ["ftp://a/", "must begin with a slash"],
  ["{query}", "must begin with a slash"],
  ["https://{host}evil.example/", "must begin with a slash"],
  ["https://{path}", "must begin with a slash"],
  ["https://a.{host}/", "must begin with a slash"],
  ["https://a/{x", "must begin with a slash"],
  ["/x{host}", "{host} stands only after http:// or https://"],
  ["https://a:99999/", "is not a port"],
  ["https://a@b/", "is neither a host name"],
  ["/a b", "percent-encoded"],
  ["/a\r\nSet-Cookie: x", "percent-encoded"],
  ["/{pth}", "{pth} is none of {host}, {path}, {rest}, {query}"],
])("refuses %j", (text, message) => {
  const result = parseLocation(text);
  expect(result.ok ? "" : result.message).toContain(message);
});
