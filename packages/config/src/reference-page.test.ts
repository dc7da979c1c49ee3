import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createReferencePage } from "./reference-page.ts";

test("is the committed page (if not: pnpm --filter @evenkeel/config schema)", () => {
  const page = new URL("../../../docs/reference/configuration.md", import.meta.url);
  expect(createReferencePage()).toBe(readFileSync(page, "utf8"));
});

test("gives key, type, default and meaning", () => {
  expect(createReferencePage()).toContain(
    "| `listeners[].timeouts.header` | duration | `10s` | From the first byte of a request head to its end. |\n",
  );
});
