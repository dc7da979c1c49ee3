import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runEvenkeel } from "../test/evenkeel.ts";
import { runInProcess } from "../test/in-process.ts";

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

test.each([
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
  const { code, stdout, stderr } = await runInProcess(...command, "--help");
  expect(stdout).toContain(`Usage: ${["evenkeel", ...command].join(" ")}`);
  expect(stdout).toContain("Examples:");
  expect(stdout).toContain(`$ evenkeel ${command.join(" ")}`);
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test.each([
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
  const { code, stdout, stderr } = await runInProcess(...args);
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

test.each([
  ["sticky", 3],
  ["failover", 5],
])("loadtest %s says that it spawns %i backends", async (command, backends) => {
  const { stdout } = await runInProcess("loadtest", command, "--help");
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    `backends to spawn without a file (default: ${backends})`,
  );
});
