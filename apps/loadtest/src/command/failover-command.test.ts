import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { endOf, type Ended, runLoadtest, spawnLoadtest } from "../../test/run-loadtest.ts";
import { startHttp } from "../../test/servers.ts";
import type { FailoverDocument } from "../failover/document.ts";

async function run(...args: readonly string[]): Promise<Ended> {
  return await endOf(spawnLoadtest(...args));
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-failover-command-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Somebody else's balancer: its one backend is down while a file is there. */
async function startTarget() {
  const folder = temporaryFolder();
  const down = join(folder, "down");
  const ledger = join(folder, "ledger.ndjson");
  const log = join(folder, "access.json");
  writeFileSync(ledger, "");
  writeFileSync(log, "not about this run\n");
  const { url } = await startHttp((request, response) => {
    const status = existsSync(down) ? 503 : 200;
    const line = { time: new Date().toISOString(), path: request.url, status, attempts: 1 };
    writeFileSync(log, `${JSON.stringify(line)}\n`, { flag: "a" });
    if (status === 200) {
      response.setHeader("X-Backend", "a");
      writeFileSync(ledger, `${JSON.stringify({ ...line, target: request.url })}\n`, { flag: "a" });
    }
    response.writeHead(status).end();
  });
  const commands = ["--victim-kill", `touch ${down}`, "--victim-return", `rm ${down}`];
  const ledgers = ["--access-log", log, "--backend-ledger", `a=${ledger}`];
  const target = ["--target", url, "--victim", "a", ...commands, ...ledgers];
  const load = ["--rate", "100/s", "--fault-at", "300ms", "--return-after", "1s"];
  return [...target, ...load, "--duration", "2s"];
}

test("a target's victim is broken and brought back by commands, and every ledger is read", async () => {
  const flags = await startTarget();
  const limits = ["--threshold", "failed>0", "--threshold", "lost==0", "--threshold", "doubled==0"];
  const { stdout, stderr, code } = await run("failover", ...flags, ...limits, "--json");
  const { runs } = JSON.parse(stdout) as FailoverDocument;
  const [result] = runs;
  expect(result, stderr).toMatchObject({
    fault: "kill",
    span: { victims: ["a"] },
    counts: { lost: 0, doubled: 0, unexplained: 0, unlogged: 0, retries: 0 },
    thresholds: [{ verdict: "met" }, { verdict: "met" }, { verdict: "met" }],
    times: { failedBefore: 0, unhealthyAfterMs: null },
  });
  const { counts } = result ?? {};
  expect(counts?.kinds).toEqual({ 503: counts?.errorResponses });
  expect(counts?.errorResponses).toBeGreaterThan(0);
  expect(counts?.entries).toEqual({
    client: counts?.sent,
    balancer: counts?.sent,
    backends: counts?.succeeded,
  });
  // A busy machine may spoil the schedule.
  expect([0, 3]).toContain(code);
});

test("a threshold that is missed is named, with its value", async () => {
  const flags = await startTarget();
  const { stdout, code } = await run("failover", ...flags, "--threshold", "failed==0");
  expect(stdout).toMatch(/✗ failed==0 {2}\(\d+\)/);
  expect(stdout).toMatch(/✗ FAIL {2}kill: failed==0: \d+/);
  expect(stdout).toMatch(/Failover: kill of a at 0\.3\d s, back at/);
  expect([99, 3]).toContain(code);
});

test("a fault that cannot be brought about ends the run at once and says why", async () => {
  const flags = await startTarget();
  const bad = ["--victim-kill", "exit 7"];
  const { code, stderr } = await runLoadtest("failover", ...flags, ...bad);
  expect(stderr).toContain('"exit 7" ended with code 7');
  expect(code).toBe(1);
});

test("a bad configuration is 78, with every problem and its place", async () => {
  const file = join(temporaryFolder(), "evenkeel.yaml");
  writeFileSync(file, "version: 1\npools: { web: { backends: [http://a], retri: {} } }\n");
  const { code, stderr } = await runLoadtest("failover", "--config", file);
  expect(stderr).toMatch(/evenkeel\.yaml:2:\d+ pools\.web\.retri: .*did you mean "retry"\?/);
  expect(code).toBe(78);
});

test.each([
  [["failover", "--fault", "kil"], /no fault "kil"; did you mean kill\?/],
  [["failover", "--rate", "fast"], /Needs a rate, such as 500\/s/],
  [["failover", "--threshold", "failed"], /column 7: expected one of < <= == >= >, not the end/],
  [["failover", "--victim-pid", "1"], /--victim-pid needs --target/],
  [["failover", "--target", "nowhere"], /--target "nowhere" is not an http or https URL/],
  [
    ["failover", "--target", "http://a/b?c"],
    /--target is a balancer, such as http:\/\/a\/; what .* is --path/,
  ],
  [
    ["sticky", "--target", "http://a/b"],
    /--target is a balancer, such as http:\/\/a\/; what .* is --path/,
  ],
  [["failover", "--target", "http://a/", "--config", "x"], /--config does not fit --target/],
  [["failover", "--config", "x", "--backends", "2"], /--backends does not fit --config/],
  [["failover", "--pool", "web"], /--pool needs --config/],
  [["failover", "--backend-ledger", "x"], /Needs name=file/],
  [["chaos", "--timeline", "kill"], /timeline: "kill" is not like/],
  [["chaos", "--timeline", "t=1s: kill 9 for 1s"], /no backend 9; they count from 1 to 5/],
  [
    ["chaos", "--threshold", "calm: failover<1s"],
    /column 7: there is no metric "failover"; there are failed, /,
  ],
  [["chaos", "--timeline", "t=1s: kill 1"], /a fault without an end needs --duration/],
  [["chaos", "--duration", "5s"], /too short for a drawn timeline/],
])("exits 2 for %j and says what is wrong", async (args, message) => {
  const { code, stdout, stderr } = await runLoadtest(...args);
  expect(stderr).toMatch(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test.each(["failover", "chaos"])(
  "%s explains itself with examples and exit codes",
  async (name) => {
    const { code, stdout } = await runLoadtest(name, "--help");
    expect(stdout).toContain(`$ evenkeel loadtest ${name}`);
    expect(stdout).toContain("reset-mid-body");
    expect(stdout).toContain("130 interrupted");
    expect(code).toBe(0);
  },
);
