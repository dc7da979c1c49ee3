import { execFileSync } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, test } from "vitest";
import { binary, temporaryFolder } from "./evenkeel.ts";
import { findProgram, findPrograms } from "./installed-program.ts";
import { type JsonLine, RunningProgram } from "./running-program.ts";

const oldNode = findPrograms("node").find((file) => majorVersion(file) < 26) ?? "";
const counter = fileURLToPath(new URL("./fixtures/signal-counter.js", import.meta.url));

function majorVersion(node: string): number {
  return Number(/^v(\d+)/.exec(execFileSync(node, ["--version"], { encoding: "utf8" }))?.[1]);
}

beforeEach(({ skip }) => {
  skip(oldNode === "", "this machine has no Node older than 26");
});

async function startCounter(...args: readonly string[]): Promise<[RunningProgram, JsonLine]> {
  const program = new RunningProgram(oldNode, [counter, ...args]);
  return [program, await program.jsonLine(({ node }) => node !== undefined)];
}

test("goes on with the installed Node, with the same arguments and no trace in the environment", async () => {
  const [program, { node, pid, args, env }] = await startCounter("proxy", "--port", "a b");
  expect(String(node)).toMatch(/^26\./);
  expect(pid).not.toBe(program.pid);
  expect(args).toEqual(["proxy", "--port", "a b"]);
  expect(Object.keys(env as object).filter((name) => /EVENKEEL|NODE_26/.test(name))).toEqual([]);
});

test("passes the exit code on", async () => {
  const [program] = await startCounter();
  program.write("exit\n");
  expect((await program.ended).code).toBe(7);
});

test.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("exits as a shell would when %s ends the child", async (signal, code) => {
  const [program] = await startCounter();
  program.kill(signal);
  expect(await program.ended).toMatchObject({ code, signal: null });
});

test.each([
  ["SIGINT", 130],
  ["SIGKILL", 137],
] as const)("exits as a shell would when the child dies of %s by itself", async (signal, code) => {
  const [program] = await startCounter();
  program.write(`die of ${signal}\n`);
  expect(await program.ended).toMatchObject({ code, signal: null });
});

test("hands on a SIGINT that was sent to it alone", async () => {
  const [program] = await startCounter();
  program.kill("SIGINT");
  await program.output("SIGINT 1");
  program.write("report\nexit\n");
  expect((await program.ended).stdout).toContain("1 in all");
});

test("Ctrl-C on a terminal reaches the child exactly once", async ({ skip }) => {
  const script = findProgram("script") ?? "";
  skip(script === "", "needs script(1) for a terminal");
  // script(1) takes /bin/sh where SHELL is unset; dash would stay in between, get the SIGINT as well
  // and end with 130 whatever its child did.
  const command = `exec ${oldNode} ${counter}`;
  const program = new RunningProgram(script, ["-qec", command, "/dev/null"]);
  await program.output('"node"');
  program.write("\x03");
  await program.output("SIGINT 1");
  program.write("report\n");
  await program.output("in all");
  program.write("exit\n");
  const { code, stdout } = await program.ended;
  expect(stdout).toContain("1 in all");
  expect(code).toBe(7);
});

test("gives up instead of restarting for ever when the installed Node is old too", async () => {
  const { bin, node } = await copyOfBinary();
  await symlink(oldNode, node);
  const { code, stderr } = await new RunningProgram(oldNode, [bin, "--version"]).ended;
  expect(stderr).toMatch(/^evenkeel: .* is Node \d+\.\S+, and 26\.10 is needed\n$/);
  expect(code).toBe(1);
});

test("says what to run when nothing is installed", async () => {
  const { bin } = await copyOfBinary();
  const { code, stderr } = await new RunningProgram(oldNode, [bin, "--version"]).ended;
  expect(stderr).toMatch(/^evenkeel: .*this is \d+\.\S+, .*ENOENT.*run: npx -y pnpm@12 install\n$/);
  expect(code).toBe(1);
});

/** bin/ in another workspace, whose Node may be put at `node`. */
async function copyOfBinary(): Promise<{ readonly bin: string; readonly node: string }> {
  const root = await temporaryFolder();
  const cli = join(root, "apps/cli");
  await cp(fileURLToPath(new URL("../bin", import.meta.url)), join(cli, "bin"), {
    recursive: true,
  });
  await cp(fileURLToPath(new URL("../package.json", import.meta.url)), join(cli, "package.json"));
  await mkdir(join(root, "node_modules/.bin"), { recursive: true });
  return { bin: join(cli, "bin/evenkeel.js"), node: join(root, "node_modules/.bin/node") };
}

test("is what the evenkeel binary uses", async () => {
  const { code, stdout } = await new RunningProgram(oldNode, [binary, "--version"]).ended;
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(code).toBe(0);
});
