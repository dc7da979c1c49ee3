import { expect, test } from "vitest";
import { fakeCase } from "../test/fake-case.ts";
import { chooseCases, wholeNumber } from "./options.ts";

const cases = [
  fakeCase({ id: "routing/split" }),
  fakeCase({ id: "routing/rewrite" }),
  fakeCase({ id: "failover/kill", group: "failover" }),
  fakeCase({ id: "failover/refuse", group: "failover" }),
];

test.each([
  [[], ["routing/split", "routing/rewrite", "failover/kill", "failover/refuse"]],
  [["failover"], ["failover/kill", "failover/refuse"]],
  [
    ["failover/kill", "routing/split"],
    ["routing/split", "failover/kill"],
  ],
  [["*/re*"], ["routing/rewrite", "failover/refuse"]],
  [
    ["failover", "failover/kill"],
    ["failover/kill", "failover/refuse"],
  ],
])("--only %j chooses %j", (only, ids) => {
  expect(chooseCases(cases, only).map(({ id }) => id)).toEqual(ids);
});

test.each([
  ["failover/kil", 'did you mean "failover/kill"'],
  ["failovr", 'did you mean "failover"'],
  ["*nothing*", 'there is no case or group "*nothing*"'],
])("--only %s finds nothing and says so", (wanted, message) => {
  expect(() => chooseCases(cases, [wanted])).toThrow(message);
});

test.each(["0", "-1", "1.5", "x", "", "101"])("--repeat %j is refused", (text) => {
  expect(() => wholeNumber("--repeat", 100)(text)).toThrow("--repeat");
});
