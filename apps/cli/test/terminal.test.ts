/*
 * What a person sees and types: a real terminal, which only another program can give (Node has none). That is
 * `script` of util-linux; elsewhere these tests are skipped, and say so.
 */
import { expect, test } from "vitest";
import { binary } from "./evenkeel.ts";
import { findProgram } from "./installed-program.ts";
import { startBackend } from "./local-servers.ts";
import { RunningProgram } from "./running-program.ts";

/** macOS has one too, with other flags. */
const script = process.platform === "linux" ? findProgram("script") : undefined;
const noTerminal = "no script of util-linux here to give a terminal";
/** Up to the block's first line, and all from there on is gone. */
const erasure = /\u001B\[\d+A\r\u001B\[J/;
const colour = /\u001B\[\d*m/;

/**
 * `evenkeel` with these words, none of which holds a quote, on a terminal of 100 columns. Where `CI` is set Node
 * thinks that no terminal has colours.
 */
function onTerminal(words: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProgram {
  const line = [process.execPath, binary, ...words].map((word) => `'${word}'`).join(" ");
  const args = ["-qec", `stty cols 100; exec env -u CI -u FORCE_COLOR ${line}`, "/dev/null"];
  return new RunningProgram(script ?? "", args, { TERM: "xterm", ...env });
}

test("a run is one block that is redrawn and gone at the end, with colours or without", async ({
  skip,
}) => {
  skip(script === undefined, noTerminal);
  const { origin } = await startBackend("Server-1");
  const load = ["--rate", "50/s", "--duration", "1500ms", "--allow-saturation"];
  const words = ["loadtest", "run", `${origin}/`, ...load];
  const [coloured, plain] = await Promise.all([
    onTerminal(words).ended,
    onTerminal(words, { NO_COLOR: "1" }).ended,
  ]);
  for (const { code, stdout } of [coloured, plain]) {
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(erasure);
    expect(stdout).toMatch(/measuring .*of 1\.50 s/);
    const shown = stdout.split(erasure).at(-1);
    expect(shown).toContain("200 × 75");
    expect(shown).not.toContain("measuring");
  }
  expect(coloured.stdout).toMatch(colour);
  expect(plain.stdout).not.toMatch(colour);
});

test("Ctrl-C on the terminal ends a run with what there is, marked partial", async ({ skip }) => {
  skip(script === undefined, noTerminal);
  const { origin } = await startBackend("Server-1");
  const words = ["loadtest", "run", `${origin}/`, "--rate", "50/s", "--duration", "10m"];
  const program = onTerminal(words);
  await program.output("Server-1");
  program.write("\u0003");
  const { code, stdout } = await program.ended;
  expect(stdout).toContain("PARTIAL: interrupted");
  expect(code).toBe(130);
});
