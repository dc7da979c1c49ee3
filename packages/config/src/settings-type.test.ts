import { readFileSync } from "node:fs";
import { expect, expectTypeOf, test } from "vitest";
import { createSettingsType } from "./settings-type.ts";
import type { Settings } from "./settings.ts";

/** Without what the formatter decides. */
function bare(text: string): string {
  return text.replaceAll(/[\s;,()|]/g, "");
}

test("is the committed type (if not: pnpm --filter @evenkeel/config schema)", () => {
  const committed = readFileSync(new URL("settings.ts", import.meta.url), "utf8");
  expect(bare(committed)).toBe(bare(createSettingsType()));
});

test("knows names, requirements and forms", () => {
  type Pool = Settings["pools"][string];
  expectTypeOf<{ backends: string[] }>().toExtend<Pool>();
  expectTypeOf<{
    backends: { url: string; weight: number }[];
    healthCheck: false;
  }>().toExtend<Pool>();
  expectTypeOf<{ backends: string[]; strategy: "maglev" }>().toExtend<Pool>();
  expectTypeOf<{ strategy: "maglev" }>().not.toExtend<Pool>();
  expectTypeOf<{ backends: string[]; strategy: "magleb" }>().not.toExtend<Pool>();
  expectTypeOf<{ backends: string[]; slowStart: number }>().not.toExtend<Pool>();
});
