import { expect, test } from "vitest";
import { HELP, parseOptions, UsageError } from "./options.ts";
import { profiles } from "./profiles/registry.ts";
import { controls, proxies } from "./proxies/registry.ts";
import { commandLine } from "./run.ts";

function parsed(...args: string[]): Exclude<ReturnType<typeof parseOptions>, "help"> {
  const options = parseOptions(args);
  if (options === "help") throw new Error("asked for help");
  return options;
}

const named = (items: readonly { readonly name: string }[]): string[] =>
  items.map(({ name }) => name);

test("without flags it compares the common proxies on small answers", () => {
  const options = parsed();
  expect(named(options.proxies)).toEqual(["evenkeel", "nginx", "haproxy", "caddy", "node-pipe"]);
  expect(named(options.profiles)).toEqual(["keepalive-100b"]);
  expect(options).toMatchObject({ seconds: 5, warmupSeconds: 1, rounds: 3, connections: 64 });
});

test("lists keep the registry's order, and all means all", () => {
  expect(named(parsed("--proxies", "nginx,evenkeel").proxies)).toEqual(["evenkeel", "nginx"]);
  expect(parsed("--proxies", "all").proxies).toEqual(proxies);
  expect(parsed("--profile", "all").profiles).toEqual(profiles);
});

test("a control is measured when it is named, and is not part of all", () => {
  const [control] = controls;
  expect(named(parsed("--proxies", "nginx,planted-pause").proxies)).toEqual([
    "nginx",
    "planted-pause",
  ]);
  expect(parsed("--proxies", "all").proxies).not.toContain(control);
});

test("durations are whole seconds or minutes", () => {
  expect(parsed("--duration", "2m").seconds).toBe(120);
  expect(parsed("--warmup", "0s").warmupSeconds).toBe(0);
});

test.each([
  [["--proxies", "ngnix"], 'there is no "ngnix"'],
  [["--profile", ""], 'there is no ""'],
  [["--duration", "500ms"], '--duration: "500ms"'],
  [["--duration", "0s"], '--duration: "0s"'],
  [["--rounds", "0"], '--rounds: "0"'],
  [["--fast"], "--fast"],
])("refuses %j", (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});

test("help names every proxy and profile", () => {
  expect(parseOptions(["--help"])).toBe("help");
  for (const { name } of [...proxies, ...controls, ...profiles]) {
    expect(HELP).toContain(name);
  }
});

test("the command that repeats a run parses to the same run", () => {
  const options = parsed("--proxies", "nginx,caddy", "--rounds", "2", "--write-docs");
  const words = commandLine(options).split(/[\s\\]+/);
  expect(parsed(...words.slice(2))).toEqual(options);
});
