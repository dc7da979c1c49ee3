import { expect, test } from "vitest";
import { formatProblem } from "./problem.ts";

const unknownKey = {
  file: "evenkeel.yaml",
  line: 5,
  column: 7,
  path: "pools.web.strateggy",
  message: 'unknown key "strateggy"',
  suggestion: "strategy",
};

test("names the file, line, column, key and what was probably meant", () => {
  expect(formatProblem(unknownKey)).toBe(
    'evenkeel.yaml:5:7 pools.web.strateggy: unknown key "strateggy"; did you mean "strategy"?',
  );
});

test("names the variable or flag instead of a place in a file", () => {
  const problem = { file: "flag --port", line: null, column: null, suggestion: null };
  expect(formatProblem({ ...problem, path: "listeners[0].address", message: "bad" })).toBe(
    "flag --port listeners[0].address: bad",
  );
  expect(formatProblem({ ...problem, path: "", message: "bad" })).toBe("flag --port: bad");
});

test("leaves out what is not known", () => {
  const problem = { file: null, line: null, column: null, message: "bad", suggestion: null };
  expect(formatProblem({ ...problem, path: "pools" })).toBe("pools: bad");
  expect(formatProblem({ ...problem, path: "" })).toBe("bad");
});
