import { formatProblem, loadConfig, poolNamesOf } from "@evenkeel/config";
import { describe, expect, test } from "vitest";
import { type ProxyFlags, overridesOf } from "./proxy-flags.ts";

function problems(flags: ProxyFlags): string[] {
  const result = loadConfig({ env: {}, overrides: overridesOf(flags, ["default"]) });
  return result.ok ? [] : result.problems.map(formatProblem);
}

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

  test("give the admin address and leave the token to the file", () => {
    const text = `pools: { web: { backends: [http://a] } }
admin: { address: ":9000", token: ${"t".repeat(32)} }`;
    const overrides = overridesOf({ admin: "127.0.0.1:9001" }, []);
    const file = { path: "evenkeel.yaml", text };
    const result = loadConfig({ file, env: {}, overrides });
    expect(result.ok && result.config.admin).toMatchObject({
      address: { host: "127.0.0.1", port: 9001 },
      token: "t".repeat(32),
    });
    expect(problems({ backends: "http://a", admin: "9000" })).toEqual([
      'flag --admin admin.address: 9000 is only a port; did you mean ":9000"?',
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

  test("takes backups, and an id that looks like a number", () => {
    expect(listOf("http://a:1;priority=0;id=7,http://b:2;weight=2;backup")).toEqual([
      { url: "http://a:1", priority: 0, id: "7" },
      { url: "http://b:2", weight: 2, backup: true },
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

  test.each([
    [{ backends: "nonsense" }],
    [{ backends: "" }],
    [{ backends: "http://a:1,," }],
    [{ backends: "http://a:1;wieght=3" }],
    [{ backends: "http://a:1;weight" }],
    [{ backends: "http://a:1;id=a;id=b" }],
    [{ backends: "http://a:1;backup" }],
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

describe("--strategy", () => {
  const choiceOf = (strategy: string): unknown => {
    const flags = { backends: "http://a:1;weight=2", strategy };
    const result = loadConfig({ env: {}, overrides: overridesOf(flags, ["default"]) });
    return result.ok ? result.config.pools[0]?.strategy : result.problems.map(formatProblem);
  };

  test("is a name, or a name with options", () => {
    expect(choiceOf("least-connections")).toEqual({ type: "least-connections", options: {} });
    expect(
      choiceOf("consistent-hash, key=header:X-User,virtualNodes=100,boundedLoad=125%"),
    ).toEqual({
      type: "consistent-hash",
      options: { key: { from: "header", name: "x-user" }, virtualNodes: 100, boundedLoad: 1.25 },
    });
  });

  const at = "flag --strategy pools.default.strategy";
  test.each([
    ["leest-connections", `${at}: expected one of `, '; did you mean "least-connections"?'],
    ["hash,key=path", `${at}.type: expected one of `, 'rendezvous, got "hash"'],
    [
      "maglev,virtualNodes=5",
      `${at}.virtualNodes: `,
      "an option of consistent-hash, not of maglev",
    ],
    ["maglev,kye=path", `${at}.kye: unknown key "kye"`, '; did you mean "key"?'],
    ["maglev,key", `${at}.key: `, "expected hash key, such as client-ip"],
    ["maglev,key=path,key=client-ip", `${at}.key: `, "expected hash key, such as client-ip"],
    ["maglev,key=ip", `${at}.key: `, '"ip" is no hash key; write client-ip, path, header:x-user'],
    ["consistent-hash,virtualNodes=0", `${at}.virtualNodes: `, "must be from 1 to 10000"],
    ["consistent-hash,", `${at}[""]: `, 'unknown key ""'],
  ])("%s is refused by name", (strategy, place, reason) => {
    const [problem, ...more] = problems({ backends: "http://a:1", strategy });
    expect(problem).toContain(place);
    expect(problem).toContain(reason);
    expect(more).toEqual([]);
  });

  test("makes right what only another strategy would have refused", () => {
    const text = "pools: { web: { backends: [{ url: http://a, weight: 2 }] } }";
    const file = { path: "evenkeel.yaml", text };
    const overrides = overridesOf(
      { strategy: "least-connections" },
      poolNamesOf({ file, env: {} }),
    );
    expect(loadConfig({ file, env: {}, overrides: [] }).ok).toBe(false);
    expect(loadConfig({ file, env: {}, overrides }).ok).toBe(true);
  });
});
