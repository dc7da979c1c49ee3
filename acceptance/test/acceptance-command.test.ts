import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { readXml } from "./xml.ts";

const bin = fileURLToPath(new URL("../bin/acceptance.js", import.meta.url));

async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
  ]);
  return { code, stdout, stderr };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "acceptance-test-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("--list shows every case with its sentence and runs none", async () => {
  const { code, stdout } = await run("--list", "--only", "commands");
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^commands\/version +60 s {2}--version prints the version and nothing else$/m,
  );
});

test.each([
  [["--only", "commands/versoin"], 'did you mean "commands/version"?'],
  [["--repeat", "none"], "--repeat"],
  [["--onyl", "x"], "(Did you mean --only?)"],
])("%j is wrong usage", async (args, message) => {
  const { code, stderr, stdout } = await run(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
});

test("a run of one case on the real program writes its line and all three results", async () => {
  const path = await folder();
  const [xml, html, json] = ["a.xml", "deep/a.html", "a.json"].map((name) => join(path, name));
  const files = ["--junit", xml ?? "", "--html", html ?? "", "--json", json ?? ""];
  const { code, stdout } = await run("--only", "commands/version", ...files);
  expect(stdout).toMatch(/^✓ commands\/version +\d+\.\d s {2}version \d+\.\d+\.\d+$/m);
  expect(stdout).toMatch(/^1 passed in /m);
  expect(code).toBe(0);
  expect(readXml(await readFile(xml ?? "", "utf8")).attributes).toMatchObject({ tests: "1" });
  expect(await readFile(html ?? "", "utf8")).toContain("Every promise was kept");
  expect(JSON.parse(await readFile(json ?? "", "utf8"))).toMatchObject({
    schema: "evenkeel.acceptance/1",
    pass: true,
    summary: "1 passed",
    cases: [{ id: "commands/version", verdict: "pass", figures: [{ name: "version" }] }],
  });
});

test("a program that breaks a promise is found: exit 99, and the way to see it again", async () => {
  const file = join(await folder(), "broken.js");
  await writeFile(file, 'console.log("version one");\n');
  const { code, stdout } = await run("--only", "commands/version", "--binary", file);
  expect(stdout).toMatch(/^✗ commands\/version /m);
  expect(stdout).toContain("promised: --version prints the version and nothing else");
  expect(stdout).toContain("── $ evenkeel --version");
  expect(stdout).toContain("again: pnpm acceptance --only commands/version");
  expect(code).toBe(99);
});

test("--json without a file prints the document and nothing else", async () => {
  const { stdout } = await run("--only", "commands/version", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ pass: true });
});
