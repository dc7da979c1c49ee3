import { seededRandom } from "@evenkeel/oracles";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { randomUuid, readTemplate, type Template, type TemplateFacts } from "./request-template.ts";

function templateOf(text: string): Template {
  const read = readTemplate(text);
  if (!read.ok) throw new Error(`${read.column}: ${read.message}`);
  return read.template;
}

function facts(values: readonly number[]): TemplateFacts {
  let next = 0;
  return { seq: 7, uuid: () => "the-uuid", random: () => values[next++ % values.length] ?? 0 };
}

test("fills every placeholder, wherever it stands", () => {
  const { isConstant, render } = templateOf(
    "/a/{{seq}}/{{ uuid }}?n={{random 1 10}}&p={{pick x y z}}!",
  );
  expect(isConstant).toBe(false);
  expect(render(facts([0, 0.99]))).toBe("/a/7/the-uuid?n=1&p=z!");
  expect(render(facts([0.999, 0]))).toBe("/a/7/the-uuid?n=10&p=x!");
});

test("draws anew at each place", () => {
  expect(templateOf("{{random -3 3}} {{random -3 3}}").render(facts([0, 0.5]))).toBe("-3 0");
});

test("a text without placeholders is itself, braces and all", () => {
  const { isConstant, render } = templateOf('{"a": {"b": 1}}');
  expect(isConstant).toBe(true);
  expect(render(facts([0]))).toBe('{"a": {"b": 1}}');
});

test.each([
  ["/{{sek}}", 2, /no \{\{sek\}\}; did you mean seq\?/],
  ["ab{{}}", 3, /no \{\{\}\}; there are seq, uuid, random, pick/],
  ["{{random 1}}", 1, /needs two whole numbers/],
  ["{{random 5 1}}", 1, /larger number first/],
  ["{{random a b}}", 1, /needs two whole numbers/],
  ["{{pick}}", 1, /needs what to pick from/],
  ["{{seq 1}}", 1, /takes nothing behind it/],
  ["/x{{seq", 3, /\{\{ without \}\} behind it/],
])("refuses %s at column %d", (text, column, message) => {
  const read = readTemplate(text);
  expect(read).toMatchObject({ ok: false, column });
  expect(read.ok ? "" : read.message).toMatch(message);
});

test("random numbers are within their range and reach both ends", () => {
  const random = seededRandom(5);
  const { render } = templateOf("{{random 1 3}}");
  const drawn = Array.from({ length: 300 }, () => render({ seq: 1, uuid: () => "", random }));
  expect(new Set(drawn)).toEqual(new Set(["1", "2", "3"]));
});

test("UUIDs are version 4, and none comes twice", () => {
  const random = seededRandom(1);
  const uuids = Array.from({ length: 1000 }, () => randomUuid(random));
  for (const uuid of uuids) {
    expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  }
  expect(new Set(uuids).size).toBe(1000);
});

test("whatever is typed is read or refused with a column inside it", () => {
  const piece = fc.constantFrom("{{", "}}", "seq", "random", " ", "1", "9", "pick", "{", "}", "a");
  const text = fc.array(piece).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (typed) => {
      const read = readTemplate(typed);
      if (read.ok) read.template.render(facts([0.5]));
      else expect(typed[read.column - 1]).toBe("{");
    }),
  );
});
