import { expect, test } from "vitest";
import { configOf } from "../../test/support/run-proxy.ts";
import { fixedSettings } from "./fixed-settings.ts";

const backends = ["http://127.0.0.1:1"];

test.each([
  ["a.yaml:3:8", { file: "a.yaml", line: 3, column: 8 }],
  ["flag --workers", { file: "flag --workers", line: null, column: null }],
  ["EVENKEEL_WORKERS", { file: "EVENKEEL_WORKERS", line: null, column: null }],
])("what only a restart can change is named where %s gives it", (origin, place) => {
  const [current, next] = [1, 2].map((workers) => configOf({ backends, top: { workers } }));
  if (current === undefined || next === undefined) throw new Error("no configuration");
  const problems = fixedSettings(current, next, new Map([["workers", origin]]));
  expect(problems).toMatchObject([{ path: "workers", ...place }]);
});

test("an admin listener that moves is named by its address", () => {
  const [current, next] = ["127.0.0.1:0", "127.0.0.1:2"].map((admin) =>
    configOf({ backends, top: { admin } }),
  );
  if (current === undefined || next === undefined) throw new Error("no configuration");
  const problems = fixedSettings(current, next, new Map([["admin.address", "a.yaml:4:10"]]));
  expect(problems).toMatchObject([{ path: "admin", file: "a.yaml", line: 4, column: 10 }]);
});
