import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";

test("shows the command as it can be typed again", () => {
  expect(commandLine(["loadtest", "chaos", "--timeline", "t=5s: kill 1", "--seed", "7"])).toBe(
    "evenkeel loadtest chaos --timeline 't=5s: kill 1' --seed 7",
  );
  expect(commandLine(["sticky", "--path", "/it's"])).toBe(
    String.raw`evenkeel loadtest sticky --path '/it'\''s'`,
  );
});

test("hides what may be secret: values of headers, bodies and passwords", () => {
  const args = ["distribution", "http://me:word@127.0.0.1/", "--header", "Authorization: Bearer t"];
  const text = commandLine([...args, "--header=Cookie: a=b", "--body", '{"token":"x"}']);
  expect(text).toBe(
    "evenkeel loadtest distribution 'http://me:***@127.0.0.1/' --header 'Authorization: ***' " +
      "'--header=Cookie: ***' --body '***'",
  );
});
