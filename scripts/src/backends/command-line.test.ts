import { expect, test } from "vitest";
import { helpText, readCommandLine } from "./command-line.ts";

function read(line: string): unknown {
  return readCommandLine(line === "" ? [] : line.split(" "));
}

test("has defaults for start", () => {
  expect(read("start")).toEqual({
    action: "start",
    json: false,
    count: 3,
    port: 8081,
    backendArguments: [],
  });
});

test("hands everything after -- to the backends", () => {
  expect(read("start --count=2 --json --port 9001 -- --latency 150ms -- x")).toEqual({
    action: "start",
    json: true,
    count: 2,
    port: 9001,
    backendArguments: ["--latency", "150ms", "--", "x"],
  });
});

test.each(["stop", "status"])("reads %s", (action) => {
  expect(read(`${action} --json`)).toEqual({ action, json: true });
});

test.each(["--help", "-h", "start --help", "nonsense -h"])("shows the help for %j", (line) => {
  expect(read(line)).toEqual({ action: "help" });
  expect(helpText).toContain("Examples:");
});

test.each([
  ["", "a command is missing"],
  ["restart", 'unknown command "restart"'],
  ["start now", 'unexpected argument "now"'],
  ["start --count 0", '--count needs a whole number from 1 to 100, got "0"'],
  ["start --count many", "--count"],
  ["start --port 0", "--port"],
  ["start --count 2 --port 65535", "--port needs a whole number from 1 to 65534"],
  ["start --cuont 2", "Unknown option '--cuont'"],
  ["stop --count 3", "stop takes no option but --json"],
  ["status -- --latency 1s", "status takes no option but --json"],
])("calls %j a usage error", (line, message) => {
  expect(() => read(line)).toThrow(message);
  expect(() => read(line)).toThrow(expect.objectContaining({ exitCode: 2 }));
});
