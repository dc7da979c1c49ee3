import { expect, test } from "vitest";
import { parseBackendUrl } from "./backend-url.ts";

test.each([
  ["http://127.0.0.1:8081", { host: "127.0.0.1", port: 8081 }],
  ["http://web", { host: "web", port: 80 }],
  ["http://Web_1.internal.:8081/", { host: "web_1.internal.", port: 8081 }],
  ["HTTP://[::1]:8081", { host: "::1", port: 8081 }],
])("reads %s", (text, expected) => {
  expect(parseBackendUrl(text)).toEqual({ ok: true, value: expected });
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
  ["http://127.1", '"127.1" is neither a host name nor an IP address', null],
  ["http://a\nb", '"a\\nb" is neither a host name nor an IP address', null],
])("refuses %j", (text, message, suggestion) => {
  expect(parseBackendUrl(text)).toEqual({ ok: false, message, suggestion });
});
