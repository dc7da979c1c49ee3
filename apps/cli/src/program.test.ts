import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { binary, runEvenkeel } from "../test/evenkeel.ts";

test("prints its version and nothing else", async () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  ) as { version: string };
  expect(await runEvenkeel("--version")).toMatchObject({
    code: 0,
    stdout: `${version}\n`,
    stderr: "",
  });
});

test.concurrent.each([
  [[]],
  [["proxy"]],
  [["check"]],
  [["config"]],
  [["config", "print"]],
  [["config", "schema"]],
  [["explain"]],
  [["traces"]],
  [["backend"]],
  [["loadtest"]],
  [["loadtest", "distribution"]],
  [["loadtest", "failover"]],
  [["loadtest", "chaos"]],
  [["simulate"]],
])("%j --help exits 0 and has examples that can be typed", async (command) => {
  const { code, stdout, stderr } = await runEvenkeel(...command, "--help");
  expect(stdout).toContain(`Usage: ${["evenkeel", ...command].join(" ")}`);
  expect(stdout).toContain("Examples:");
  expect(stdout).toContain(`$ evenkeel ${command.join(" ")}`);
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test.concurrent.each([
  [["proxi"], "unknown command 'proxi'\n(Did you mean proxy?)"],
  [["loadtest", "distribtion"], "unknown command 'distribtion'\n(Did you mean distribution?)"],
  [["proxy", "--prt", "1"], "unknown option '--prt'\n(Did you mean --port?)"],
  [["backend", "--nam", "A"], "unknown option '--nam'\n(Did you mean --name?)"],
  [["loadtest", "distribution", "--request", "1"], "Did you mean --requests?"],
  [["--versoin"], "unknown option '--versoin'\n(Did you mean --version?)"],
  [["check"], "give --config FILE or --backends URL,URL"],
  [["config", "print"], "give --config FILE or --backends URL,URL"],
  [["config", "prnt"], "Did you mean print?"],
  [["proxy"], "give --config FILE or --backends URL,URL"],
  [["proxy", "--config"], "argument missing"],
  [["proxy", "extra", "--backends", "http://127.0.0.1:1"], "too many arguments"],
])("%j exits 2 and says what was probably meant", async (args, message) => {
  const { code, stdout, stderr } = await runEvenkeel(...args);
  expect(stderr).toContain(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("no command at all is wrong usage, and shows the help on standard error", async () => {
  const { code, stdout, stderr } = await runEvenkeel();
  expect(stderr).toContain("Usage: evenkeel");
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test.concurrent.each([
  ["config schema", 0],
  ["check --backends http://127.0.0.1:1 --json --strategy nope", 78],
])("a reader that leaves does not change how %s ends", async (command, code) => {
  const child = spawn(process.execPath, [binary, ...command.split(" ")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // As `head` does when it has enough, here before the first byte.
  child.stdout.destroy();
  const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(code);
});

test.concurrent.each([
  ["sticky", 3],
  ["failover", 5],
])("loadtest %s says that it spawns %i backends", async (command, backends) => {
  const { stdout } = await runEvenkeel("loadtest", command, "--help");
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    `backends to spawn without a file (default: ${backends})`,
  );
});
