import { describe, expect, test } from "vitest";
import { startProxy, writeConfig } from "./evenkeel.ts";
import { runInProcess } from "./in-process.ts";
import { startBackends } from "./local-servers.ts";

const offline = `
pools:
  web: { backends: ["http://127.0.0.1:8081", "http://127.0.0.1:8082"] }
  api: { backends: ["http://127.0.0.1:8083"] }
routes:
  - { host: api.test, path: /v1, methods: [GET], pool: api, rewrite: { stripPrefix: true } }
  - { pool: web }
`;

describe("evenkeel explain", () => {
  test("asks a running balancer, and says what it then does", async () => {
    const backends = await startBackends(2);
    const proxy = await startProxy({
      admin: "127.0.0.1:0",
      pools: {
        web: { backends: backends.map(({ origin }, index) => ({ url: origin, id: `b${index}` })) },
      },
    });
    const { admin } = (await proxy.program.jsonLine(({ admin }) => admin !== undefined)) as {
      readonly admin: string;
    };
    for (let turn = 0; turn < 4; turn++) {
      const explained = await runInProcess("explain", "--admin", admin, "GET", "http://a.test/x");
      expect([explained.code, explained.stderr]).toEqual([0, ""]);
      const [, id = ""] = /^=> web\/b(\d)$/m.exec(explained.stdout) ?? [];
      const response = await fetch(`${proxy.origin}/x`);
      expect(response.headers.get("x-backend")).toBe(`Server-${Number(id) + 1}`);
      await response.text();
    }
  });

  test("reads a configuration when nothing runs, and marks what matched and what did not", async () => {
    const config = await writeConfig("evenkeel.yaml", offline);
    const { code, stdout, stderr } = await runInProcess(
      "explain",
      "--config",
      config,
      "http://api.test/v1/users?x=1",
      "-H",
      "X-A: b",
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("=> api/127.0.0.1:8083");
    expect(stdout).toContain("✓ host api.test is api.test");
    expect(stdout).toContain("GET /users?x=1 HTTP/1.1");
    expect(stdout).toContain("X-A: b");
    const missed = await runInProcess("explain", "--config", config, "POST", "http://api.test/v1");
    expect(missed.stdout).toContain("method POST is not GET");
    expect(missed.stdout).toContain("✗ 1  GET api.test/v1[/*]");
  });

  test("prints JSON that says the same", async () => {
    const config = await writeConfig("evenkeel.yaml", offline);
    const { stdout } = await runInProcess(
      "explain",
      "--config",
      config,
      "http://b.test/",
      "--json",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      request: { method: "GET", host: "b.test", target: "/" },
      outcome: { kind: "forward", backends: [{ pool: "web", chance: 1 }] },
      route: { number: 2 },
    });
  });

  const wrong: readonly (readonly [readonly string[], number, string])[] = [
    [["http://a.test/"], 2, "give --admin ADDRESS or --config FILE"],
    [["--admin", "127.0.0.1:1", "http://a.test/"], 1, "cannot ask 127.0.0.1:1: ECONNREFUSED"],
    [["--admin", "127.0.0.1:1", "a", "b", "c"], 2, "expected [METHOD] URL, got a b c"],
    [["--admin", "127.0.0.1:1", "http://a/", "-H", "nonsense"], 2, "expected 'Name: value'"],
    [["--admin", "127.0.0.1:1", "http://a/", "--client-ip", "x"], 2, "expected an IP address"],
    [["--config", "/nowhere.yaml", "http://a/"], 78, "/nowhere.yaml"],
  ];
  test.each(wrong)("%j exits with %d and says what is wrong", async (args, exitCode, said) => {
    const { code, stdout, stderr } = await runInProcess("explain", ...args);
    expect(stderr).toContain(said);
    expect([code, stdout]).toEqual([exitCode, ""]);
  });
});

describe("evenkeel traces", () => {
  test("asks a running balancer to sample, and shows what was decided", async () => {
    const [backend] = await startBackends(1);
    const proxy = await startProxy({
      admin: "127.0.0.1:0",
      pools: { web: { backends: [{ url: backend?.origin, id: "b0" }] } },
    });
    const { admin } = (await proxy.program.jsonLine(({ admin }) => admin !== undefined)) as {
      readonly admin: string;
    };
    const none = await runInProcess("traces", "--admin", admin);
    expect(none).toMatchObject({ code: 0, stdout: "0 of 0 kept traces; sampling off\n" });
    const asked = await runInProcess("traces", "--admin", admin, "--sample", "100%", "--for", "1h");
    expect(asked.stdout).toMatch(/^sampling 100% until \S+Z\n$/);
    await proxy.program.jsonLine(({ msg }) => String(msg).startsWith("tracing 100 % of requests"));
    await (await fetch(`${proxy.origin}/status/503`)).text();
    await expect
      .poll(
        async () => (await runInProcess("traces", "--admin", admin, "--status", "5xx")).stdout,
        {
          timeout: 30_000,
        },
      )
      .toMatch(
        /GET \/status\/503 => 503 in .*\n.*route 1, pool web.*\n {2}1\. at .* b0: status 503/,
      );
  });

  const wrong: readonly (readonly [readonly string[], number, string])[] = [
    [[], 2, "give --admin ADDRESS"],
    [["--admin", "127.0.0.1:1", "--for", "1m"], 2, "--for needs --sample"],
    [["--admin", "127.0.0.1:1"], 1, "cannot ask 127.0.0.1:1: ECONNREFUSED"],
    [["--admin", "not an address"], 1, "expected http://host:port or unix:/path"],
  ];
  test.each(wrong)("%j exits with %d and says what is wrong", async (args, exitCode, said) => {
    const { code, stdout, stderr } = await runInProcess("traces", ...args);
    expect(stderr).toContain(said);
    expect([code, stdout]).toEqual([exitCode, ""]);
  });
});
