import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createJsonSchema } from "./json-schema.ts";
import { formsOf, nodeAt, type SchemaNode } from "./schema-node.ts";

test("is the committed schema (if not: pnpm --filter @evenkeel/config schema)", () => {
  const committed: unknown = JSON.parse(
    readFileSync(new URL("../evenkeel.schema.json", import.meta.url), "utf8"),
  );
  expect(JSON.parse(JSON.stringify(createJsonSchema()))).toEqual(committed);
});

test("is draft 2020-12, closed, and says what is required", () => {
  expect(createJsonSchema()).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    additionalProperties: false,
    required: ["pools"],
  });
});

test("keeps defaults, kinds, examples and descriptions for editors", () => {
  const interval = nodeAt(createJsonSchema(), ["pools", "web", "healthCheck", "interval"]);
  expect(interval).toMatchObject({
    title: "duration",
    description: "From one check of a backend to the next.",
    default: "10s",
    examples: ["250ms", "10s", "1m30s", "1h"],
  });
});

test("describes every key", () => {
  const bare: string[] = [];
  const visit = (node: SchemaNode, path: string): void => {
    for (const form of formsOf(node)) {
      for (const [key, child] of Object.entries(form.properties ?? {})) {
        const isDescribed = child.description ?? formsOf(child)[0]?.description;
        if (isDescribed === undefined) bare.push(`${path}.${key}`);
        visit(child, `${path}.${key}`);
      }
      if (form.items !== undefined) visit(form.items, `${path}[]`);
      if (form.additionalProperties) visit(form.additionalProperties, `${path}.*`);
    }
  };
  visit(createJsonSchema(), "");
  expect(bare).toEqual([]);
});

test("does not make an editor complain about a duration that is a variable", () => {
  const timeout = nodeAt(createJsonSchema(), ["shutdown", "timeout"]) as { pattern: string };
  const pattern = new RegExp(timeout.pattern, "u");
  expect(["10s", "1m30s", "${T:-10s}"].every((text) => pattern.test(text))).toBe(true);
  expect(["10", "", "10 s"].some((text) => pattern.test(text))).toBe(false);
});

test("is made once, and nobody can change it for the next one who reads it", () => {
  const schema = createJsonSchema();
  expect(createJsonSchema()).toBe(schema);
  const places = [[], ["pools"], ["listeners"], ["shutdown", "timeout"]];
  for (const path of places) expect(nodeAt(schema, path)).toSatisfy(Object.isFrozen);
});
