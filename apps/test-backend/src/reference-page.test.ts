import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createReferencePage } from "./reference-page.ts";

test("is the committed page (if not: pnpm --filter @evenkeel/test-backend reference)", () => {
  const page = new URL("../../../docs/reference/test-backend.md", import.meta.url);
  expect(createReferencePage()).toBe(readFileSync(page, "utf8"));
});

test("gives parameter, meaning, form and default", () => {
  expect(createReferencePage()).toContain(
    "| `code*` | the status | a whole number from 200 to 999 | `503` |",
  );
});
