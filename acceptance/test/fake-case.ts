import type { AcceptanceCase } from "../src/case.ts";

/** A case that keeps its promise at once, unless `details` say otherwise. */
export function fakeCase(details: Partial<AcceptanceCase> = {}): AcceptanceCase {
  return {
    id: "routing/fake",
    group: "routing",
    sentence: "a promise of this test's own",
    limitMs: 20_000,
    isAlone: false,
    check: async () => [{ name: "count", value: "1", bound: "≤ 2" }],
    ...details,
  };
}
