import { expect, test } from "vitest";
import { configOf, problemsOf } from "../../test/load-text.ts";
import { readFileSource } from "./file-source.ts";

const read = (text: string, env: Record<string, string> = {}) =>
  readFileSource({ path: "f.yaml", text }, env);
const valueOf = (text: string, env: Record<string, string> = {}) => read(text, env).value;

test("reads JSON as well, with tabs", () => {
  expect(valueOf('{\n\t"a": [1, true, null, "x"]\n}')).toEqual({ a: [1, true, null, "x"] });
});

test("remembers where every key and value stands", () => {
  const { entries } = read("a:\n  - b: 1\n  - 2\n");
  expect(entries.get("a[0].b")).toEqual({
    key: { line: 2, column: 5 },
    value: { line: 2, column: 8 },
  });
  expect(entries.get("a[1]")?.value).toEqual({ line: 3, column: 5 });
});

test("reports a syntax error with its place and looks no further", () => {
  expect(problemsOf("workers: [1\npools: x\n")).toEqual([
    "evenkeel.yaml:2:1: not valid YAML: flow sequence in block collection must be sufficiently " +
      "indented and end with a ]",
  ]);
  expect(problemsOf("a: 1\n---\nb: 2\n")).toEqual([
    "evenkeel.yaml:2:1: only one document is possible; remove the second ---",
  ]);
  expect(problemsOf("a: !secret x\n")).toEqual([
    "evenkeel.yaml:1:4: not valid YAML: unresolved tag: !secret",
  ]);
});

test("reports one fault per line of a text that is nested too deeply", () => {
  expect(problemsOf("[".repeat(20_000))).toHaveLength(1);
});

test("reports a key that stands twice, with both lines", () => {
  const pools = "pools: { web: { backends: [http://a] } }\n";
  expect(problemsOf(`workers: 1\n${pools}workers: 2\n`)).toEqual([
    'evenkeel.yaml:3:1 workers: the key "workers" stands here twice, first in line 1',
  ]);
});

test("resolves aliases, and refuses those that lead nowhere or to themselves", () => {
  expect(valueOf("a: &x [1]\nb: *x\n")).toEqual({ a: [1], b: [1] });
  expect(read("b: *x\n").problems).toMatchObject([
    { line: 1, column: 4, path: "b", message: "*x names no anchor that stands before it" },
  ]);
  expect(read("b: &x [*x]\n").problems).toMatchObject([
    { line: 1, path: "b[0]", message: "contains itself" },
  ]);
});

test("refuses a text whose aliases would fill the memory", () => {
  const levels = Array.from({ length: 12 }, (_, i) => {
    const below = i === 0 ? "x" : `*a${i - 1}`;
    return `a${i}: &a${i} [${Array.from({ length: 9 }, () => below).join(", ")}]`;
  });
  const messages = read(levels.join("\n")).problems.map(({ message }) => message);
  expect(new Set(messages)).toEqual(new Set(["the configuration is too large or too deep"]));
  expect(messages.length).toBeLessThan(10);
});

test("refuses keys that are not plain text", () => {
  expect(read("[1]: a\n__proto__: b\n").problems).toMatchObject([
    { line: 1, column: 1, message: "a key must be plain text" },
    { line: 2, column: 1, message: "a key must be plain text" },
  ]);
});

test("stays with YAML 1.2 whatever a directive says", () => {
  expect(valueOf("%YAML 1.1\n---\na: 10:30\nb: yes\n")).toEqual({ a: "10:30", b: "yes" });
});

test("replaces variables, also inside flow mappings and next to other text", () => {
  const env = { HOST: "10.0.0.1", PORT: "81" };
  expect(valueOf("{ a: ${HOST}, b: 'http://${HOST}:${PORT}/', c: ${X:-y z} }", env)).toEqual({
    a: "10.0.0.1",
    b: "http://10.0.0.1:81/",
    c: "y z",
  });
});

test("uses the fallback for a variable that is unset or empty", () => {
  expect(valueOf("a: ${X:-1s}\nb: ${Y:-1s}\nc: ${Y}\nd: ${X:-}\n", { Y: "" })).toEqual({
    a: "1s",
    b: "1s",
    c: "",
    d: "",
  });
});

test("reads an unquoted variable as YAML would read its text, but never as syntax", () => {
  const env = { N: "4", S: "[1, 2]", T: "true", C: "a: b # c" };
  expect(valueOf('a: ${N}\nb: "${N}"\nc: ${S}\nd: ${T}\ne: ${C}\nf: ${N}s\n', env)).toEqual({
    a: 4,
    b: "4",
    c: "[1, 2]",
    d: true,
    e: "a: b # c",
    f: "4s",
  });
});

test("does not expand what a variable holds, nor what is escaped, nor keys and comments", () => {
  const env = { A: "${B}" };
  expect(valueOf("a: ${A}\nb: $${B}\n${C}: 1 # ${D}\n", env)).toEqual({
    a: "${B}",
    b: "${B}",
    "${C}": 1,
  });
});

test("reports a variable that is not set where it stands, and nothing else about the value", () => {
  const text = "pools:\n  web:\n    backends:\n      - url: http://${HOST}:80\n      - ${URL}\n";
  expect(problemsOf(text)).toEqual([
    "evenkeel.yaml:4:21 pools.web.backends[0].url: the variable HOST is not set; write " +
      "${HOST:-default} to do without it",
    "evenkeel.yaml:5:9 pools.web.backends[1]: the variable URL is not set; write " +
      "${URL:-default} to do without it",
  ]);
});

test("reports references that are not well formed", () => {
  expect(read("a: ${A-1}\nb: ${}\nc: '${A'\n").problems).toMatchObject([
    { line: 1, column: 4, path: "a", message: expect.stringContaining("${A-1} is neither") },
    { line: 2, column: 4, path: "b", message: expect.stringContaining("${} is neither") },
    { line: 3, column: 4, path: "c", message: expect.stringContaining("${ needs its }") },
  ]);
});

test("keeps positions right after a reference on the same line and after a byte order mark", () => {
  const text = "\uFEFFpools: { web: { backends: [http://${HOST}], retri: 1 } }\n";
  expect(problemsOf(text, { env: { HOST: "a-rather-long-name.example.com" } })).toEqual([
    'evenkeel.yaml:1:45 pools.web.retri: unknown key "retri"; did you mean "retry"?',
  ]);
});

test("takes a default that is another reference, and only then needs that one", () => {
  const text = "a: ${A:-${B:-x ${C} y}}\nb: '${A:-$${B}}'\nc: { d: ${A:-http://${C}:${P:-80}} }\n";
  expect(valueOf(text, { C: "c" })).toEqual({ a: "x c y", b: "${B}", c: { d: "http://c:80" } });
  expect(valueOf(text, { A: "a", C: "c" })).toEqual({ a: "a", b: "a", c: { d: "a" } });
  expect(read("a: ${A:-${B}}\n").problems).toMatchObject([
    { line: 1, column: 4, message: expect.stringContaining("the variable B is not set") },
  ]);
  expect(read("a: ${A:-${B}\n", { B: "b" }).problems).toMatchObject([
    { line: 1, path: "a", message: expect.stringContaining("${ needs its }") },
  ]);
});

test("does not search a text full of openings for ever", () => {
  const problems = read(`a: ${"${A:-".repeat(20_000)}\n`).problems;
  expect(problems).toHaveLength(1);
});

test("does not let a variable named like a part of Object's prototype pass for set", () => {
  expect(read("a: ${constructor}\n").problems).toHaveLength(1);
});

test("works in a whole configuration", () => {
  const text = "workers: ${WORKERS:-3}\npools: { web: { backends: [http://${HOST}] } }\n";
  const { config } = configOf(text, { env: { HOST: "app" } });
  expect(config.workers).toBe(3);
  expect(config.pools[0]?.backends[0]).toMatchObject({ id: "app:80", host: "app", port: 80 });
});
