import * as fc from "fast-check";
import { expect, test } from "vitest";
import { preferredType } from "./negotiate.ts";

const [text, json] = ["text/plain", "application/json"];

test.each([
  [undefined, text],
  ["", null],
  ["*/*", text],
  [json, json],
  ["APPLICATION/JSON", json],
  ["application/*", json],
  ["text/plain", text],
  ["text/html", null],
  ["application/json;q=0", null],
  ["*/*, text/plain;q=0", json],
  ["text/*;q=0.5, application/json;q=0.4", text],
  ["text/plain;q=0.5, application/json;q=0.6", json],
  ["text/plain;q=0.2, text/*;q=0.9, application/json;q=0.5", json],
  // Both as much: what is named, and named first.
  ["application/json, */*", json],
  ["application/json, text/plain, */*", json],
  ["text/plain, application/json", text],
  // Prometheus 3.
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    text,
  ],
  ['application/json;a="x,y;q=0", text/plain;q=0.9', json],
  ["application/json;q=2, text/plain;q=0.1", text],
  ["application/json;q=0.1234, text/plain;q=0.001", text],
  ["json", null],
  [", ,;q=1,/,a/", null],
])("%s wants %s", (accept, expected) => {
  expect(preferredType(accept, [text, json])).toBe(expected);
});

test("any field is answered with a type that is offered, or none, in no time", () => {
  const parts = fc.constantFrom(
    "text/plain",
    "application/json",
    "*/*",
    ";q=",
    "0.5",
    ",",
    '"',
    " ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(parts).map((all) => all.join("")),
      ),
      (accept) => {
        expect([text, json, null]).toContain(preferredType(accept, [text, json]));
      },
    ),
  );
  expect(preferredType('"'.repeat(8_000), [text])).toBeNull();
});
