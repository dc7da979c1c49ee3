import { expect, test } from "vitest";
import { configOf } from "../../test/support/run-proxy.ts";
import { explainRequest } from "./explain-request.ts";
import { startingSources } from "./explain-sources.ts";
import { printExplanation } from "./print-explanation.ts";

function printed(backends: number, target = "/"): string {
  const urls = Array.from({ length: backends }, (_, index) => `http://10.0.0.${index + 1}:80`);
  const sources = startingSources(configOf({ backends: urls }));
  const asked = { method: "GET", host: "a.test", target, fields: [] };
  const answer = explainRequest({ ...asked, clientIp: "192.0.2.1", listener: null }, sources);
  if (!answer.ok) throw new Error(answer.message);
  return printExplanation(answer.explanation);
}

test("begins with what happens, and gives every backend a line", () => {
  const lines = printed(3).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "GET /  host a.test  from 192.0.2.1  at 127.0.0.1:0",
    "",
    "=> web/10.0.0.1:80",
  ]);
  expect(lines.filter((line) => /^ {2}[✓✗] {2}10\./.test(line))).toHaveLength(3);
});

test("of many backends shows those that may get the request, and counts the rest", () => {
  const lines = printed(100).split("\n");
  const rows = lines.filter((line) => /^ {2}[✓✗] {2}10\./.test(line));
  expect(rows).toHaveLength(40);
  expect(rows[0]).toContain("✓  10.0.0.1:80");
  expect(lines).toContain("     … 60 more; --json has all");
});

test("nothing of a request drives the terminal", () => {
  expect(printed(1, "/\u009b31m")).not.toContain("\u009b");
});
