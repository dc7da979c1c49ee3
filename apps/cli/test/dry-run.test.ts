import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Config,
  spawnEvenkeel,
  startProxy,
  temporaryFolder,
  writeConfig,
} from "./evenkeel.ts";
import { runInProcess } from "./in-process.ts";
import { startBackend } from "./local-servers.ts";

function configOf(origin: string, routes: readonly Config[]): Config {
  const pool = { backends: [origin], healthCheck: false };
  return { listeners: [{ address: "127.0.0.1:0" }], pools: { web: pool, api: pool }, routes };
}

const before = [{ pool: "web" }];
const after = [
  { path: "/api", pool: "api", rateLimit: { rate: "1/h", burst: 3 } },
  { path: "/unused", pool: "api" },
  { pool: "web" },
];

/** Both configurations as files, and the log that a proxy of the first one really wrote. */
interface Recorded {
  readonly from: string;
  readonly to: string;
  readonly log: string;
}

let recorded: Recorded;

beforeAll(async () => {
  recorded = await record();
});

async function record(): Promise<Recorded> {
  const { origin } = await startBackend("Server-1");
  const proxy = await startProxy(configOf(origin, before));
  const paths = ["/", "/api/1", "/api/2", "/x?y=1", "/api/3", "/api/4", "/api/5", "/"];
  for (const path of paths) await (await fetch(proxy.origin + path)).text();
  proxy.program.kill("SIGTERM");
  const { stdout } = await proxy.program.ended;
  const log = join(await temporaryFolder(), "access.ndjson");
  await writeFile(log, stdout);
  const [from, to] = await Promise.all(
    [before, after].map((routes) =>
      writeConfig("evenkeel.json", JSON.stringify(configOf(origin, routes))),
    ),
  );
  return { from: from ?? "", to: to ?? "", log };
}

describe("evenkeel check --replay", () => {
  test("says of a real log what a new configuration would change", async () => {
    const { from, to, log } = recorded;
    const args = ["check", "--config", to, "--against", from, "--replay"];
    const { code, stdout, stderr } = await runInProcess(...args, log);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("8 requests of 8 lines");
    expect(stdout).toContain("=> 62.50 % get another answer or pool: 5 of 8");
    expect(stdout).toContain("pool web -> pool api: 5 (62.50 %)");
    expect(stdout).toContain("1/h: 2 of 5 refused (new)");
    expect(stdout).toMatch(/no request of this log matches\n {2}2 {2}\/unused/);

    const json = await runInProcess(...args, log, "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      compared: 8,
      moved: 5,
      movedShare: 0.625,
      undecided: [],
      neverMatch: [{ route: 2, verdict: "never" }],
    });
  });

  test("reads standard input, and exits with 99 when more moves than may", async () => {
    const { from, to } = recorded;
    const line = { time: "2026-01-01T00:00:00Z", client_ip: "192.0.2.1", method: "GET", host: "a" };
    const lines = ["/api", "/", "/", "/"].map((path) => JSON.stringify({ ...line, path }));
    const text = `${lines.join("\n")}\n`;
    const args = ["check", "--config", to, "--against", from, "--replay"];
    const program = spawnEvenkeel(...args, "-", "--max-moved", "24%");
    program.write(text);
    program.closeInput();
    expect(await program.ended).toMatchObject({ code: 99, stderr: "" });
    const file = await writeConfig("access.ndjson", text);
    const enough = await runInProcess(...args, file, "--max-moved", "25%");
    expect(enough).toMatchObject({ code: 0, stderr: "" });
  });

  const wrong: readonly (readonly [readonly string[], number, string])[] = [
    [["--replay", "access.ndjson"], 2, "--replay and --against belong together"],
    [["--against", "old.yaml"], 2, "--replay and --against belong together"],
    [["--max-moved", "5%"], 2, "--max-moved needs --replay"],
    [["--replay", "/nowhere", "--against", "CONFIG"], 1, "cannot read /nowhere"],
    [["--replay", "/nowhere", "--against", "/nowhere.yaml"], 78, "/nowhere.yaml"],
    [["--replay", "/x", "--against", "CONFIG", "--max-moved", "some"], 2, "--max-moved:"],
  ];
  test.each(wrong)("%j exits with %d and says what is wrong", async (args, exitCode, said) => {
    const file = await writeConfig("evenkeel.yaml", 'pools: { web: { backends: ["http://a:1"] } }');
    const named = args.map((word) => (word === "CONFIG" ? file : word));
    const { code, stdout, stderr } = await runInProcess("check", "--config", file, ...named);
    expect(stderr).toContain(said);
    expect([code, stdout]).toEqual([exitCode, ""]);
  });
});
