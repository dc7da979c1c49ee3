import { loadConfig } from "@evenkeel/config";
import { describe, expect, test } from "vitest";
import { type ProxyFlags, createProxyCommand, overridesOf } from "./proxy-command.ts";

describe("flags", () => {
  test("that were not given override nothing", () => {
    expect(overridesOf({}, ["web"])).toEqual([]);
    expect(overridesOf({ config: "x.yaml" }, ["web"])).toEqual([]);
  });

  test("name themselves as the origin of what they set", () => {
    expect(overridesOf({ port: "8080", workers: "2" }, [])).toEqual([
      { path: ["listeners"], value: [{ address: "127.0.0.1:8080" }], origin: "flag --port" },
      { path: ["workers"], value: 2, origin: "flag --workers" },
    ]);
  });

  test("for pools reach every pool of the file", () => {
    const flags = { strategy: "round-robin", healthCheckInterval: "1s" };
    expect(overridesOf(flags, ["a", "b"]).map(({ path }) => path.join("."))).toEqual([
      "pools.a.strategy",
      "pools.a.healthCheck.interval",
      "pools.b.strategy",
      "pools.b.healthCheck.interval",
    ]);
  });

  test("with backends make one pool and reach that one only", () => {
    const flags = { backends: "http://a:1", strategy: "round-robin", healthCheckPath: "/health" };
    expect(overridesOf(flags, ["web"]).map(({ path }) => path.join("."))).toEqual([
      "pools.default.backends",
      "pools.default.strategy",
      "pools.default.healthCheck.path",
    ]);
  });

  test("hand workers: auto on as a word", () => {
    expect(overridesOf({ workers: "auto" }, [])[0]?.value).toBe("auto");
  });
});

describe("--backends", () => {
  const listOf = (backends: string): unknown => overridesOf({ backends }, [])[0]?.value;

  test("is a list of URLs", () => {
    expect(listOf("http://a:1, http://b:2")).toEqual([
      { url: "http://a:1" },
      { url: "http://b:2" },
    ]);
  });

  test("takes settings behind semicolons", () => {
    expect(listOf("http://a:1;weight=3;id=one,http://b:2")).toEqual([
      { url: "http://a:1", weight: 3, id: "one" },
      { url: "http://b:2" },
    ]);
  });

  test("is a whole configuration together with the defaults", () => {
    const overrides = overridesOf({ backends: "http://127.0.0.1:8081", port: "0" }, []);
    const result = loadConfig({ env: {}, overrides });
    expect(result.ok && result.config.pools.map(({ name }) => name)).toEqual(["default"]);
    expect(result.ok && result.config.listeners[0]?.address).toEqual({
      kind: "tcp",
      host: "127.0.0.1",
      port: 0,
    });
  });

  const problems = (flags: ProxyFlags): string[] => {
    const result = loadConfig({ env: {}, overrides: overridesOf(flags, ["default"]) });
    return result.ok ? [] : result.problems.map(({ message }) => message);
  };

  test.each([
    [{ backends: "nonsense" }],
    [{ backends: "" }],
    [{ backends: "http://a:1,," }],
    [{ backends: "http://a:1;wieght=3" }],
    [{ backends: "http://a:1;weight" }],
    [{ backends: "http://a:1", port: "x" }],
    [{ backends: "http://a:1", port: "99999" }],
    [{ backends: "http://a:1", strategy: "fastest" }],
    [{ backends: "http://a:1", workers: "-1" }],
    [{ backends: "http://a:1", workers: "many" }],
    [{ backends: "http://a:1", healthCheckInterval: "soon" }],
  ])("and the other flags say what is wrong with %j", (flags) => {
    expect(problems(flags)).not.toEqual([]);
  });
});

test("the help shows examples, where output goes and the exit codes", () => {
  let text = "";
  createProxyCommand()
    .configureOutput({ writeOut: (part) => (text += part) })
    .outputHelp();
  expect(text).toContain("$ evenkeel proxy --backends");
  expect(text).toContain("stdout");
  expect(text).toContain("69 cannot listen");
});
