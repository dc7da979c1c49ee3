import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { endOf, runLoadtest, spawnLoadtest } from "../../test/run-loadtest.ts";
import { okResponse, refusedUrl, startHttp, startRaw } from "../../test/servers.ts";
import type { DistributionDocument } from "../distribution/document.ts";

async function startRoundRobin(...names: readonly string[]): Promise<string> {
  let n = 0;
  const { url } = await startHttp((_request, response) => {
    response.setHeader("X-Backend", names[n++ % names.length] ?? "").end("hello");
  });
  return url;
}

test("exits 0 with the table on stdout when the shares are even", async () => {
  const url = await startRoundRobin("a", "b");
  // As a process of its own: most others here run in this one.
  const child = spawnLoadtest("distribution", url, "--requests", "100");
  const { code, stdout, stderr } = await endOf(child);
  expect(stdout).toMatch(/a +50 +50\.0 % +50\.0 % +0\.0 % +✓ within ±5 %/);
  expect(stdout).toContain("100 sent = 100 responses + 0 errors");
  expect(stdout).toContain("coordinated omission");
  expect(stdout).toContain("✓ PASS");
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

test("exits 99 and says why when a share is beyond the tolerance", async () => {
  const url = await startRoundRobin("a", "a", "b");
  const { code, stdout } = await runLoadtest("distribution", url, "--requests", "90");
  expect(stdout).toMatch(/b +30 +33\.3 % +50\.0 % +-33\.3 % +✗ outside ±5 %/);
  expect(stdout).toContain("✗ FAIL  a, b: not within ±5 % of its expected share");
  expect(code).toBe(99);
});

test("exits 99 when a request is lost although the shares are even", async () => {
  const { url } = await startRaw((socket, n) => {
    if (n === 3) socket.end();
    else socket.write(okResponse);
  });
  const { code, stdout } = await runLoadtest("distribution", url, "--requests", "9");
  expect(stdout).toContain("9 sent = 8 responses + 1 error");
  expect(stdout).toContain("closed-early × 1");
  expect(code).toBe(99);
});

test("takes weights, tolerance, header name, method and strategy from the flags", async () => {
  const methods: unknown[] = [];
  const { url } = await startHttp((request, response) => {
    methods.push(request.method);
    response.setHeader("X-Served-By", `10.0.0.${methods.length % 3 === 0 ? 2 : 1}:80`).end();
  });
  const flags =
    "--requests 60 --method delete --backend-header x-served-by --tolerance 0% " +
    "--weights 10.0.0.1:80=2,10.0.0.2:80=1 --strategy weighted-round-robin";
  const { code, stdout } = await runLoadtest("distribution", url, ...flags.split(" "));
  expect(stdout).toContain("exactly 2, 1 of every 3 requests");
  expect(stdout).toMatch(/10\.0\.0\.1:80 +40 .* ✓ within 40$/m);
  expect(stdout).toContain("✓ PASS  weighted-round-robin keeps its promise, and nothing failed");
  expect(methods).toEqual(Array.from({ length: 60 }, () => "DELETE"));
  expect(code).toBe(0);
});

test("exits 99 when the promise of the strategy is broken, within any tolerance", async () => {
  let n = 0;
  const { url } = await startHttp((_request, response) => {
    response.setHeader("X-Backend", ++n % 2 === 0 || n % 50 === 1 ? "a" : "b").end();
  });
  const flags = ["--requests", "1000", "--strategy", "round-robin", "--json"];
  const { code, stdout, stderr } = await runLoadtest("distribution", url, ...flags);
  const document = JSON.parse(stdout) as DistributionDocument;
  expect(document).toMatchObject({
    pass: false,
    plan: { strategy: "round-robin", workers: 1 },
    judgement: { verdict: "fail", pValue: null, power: null, requestsNeeded: 41 },
    backends: [
      { name: "a", requests: 520, least: 500, most: 500, verdict: "outside" },
      { name: "b", requests: 480, least: 500, most: 500, verdict: "outside" },
    ],
  });
  expect(stderr).toContain("✗ FAIL  most − fewest is 40 (a 520, b 480)");
  expect(code).toBe(99);
});

test("exits 99 and says how many requests it takes when there were too few to tell", async () => {
  const url = await startRoundRobin("a", "b");
  const flags = ["--requests", "100", "--strategy", "random"];
  const { code, stdout } = await runLoadtest("distribution", url, ...flags);
  expect(stdout).toContain(
    "✗ TOO FEW REQUESTS  100 requests cannot show a skew of 5 %: it takes 15461",
  );
  expect(code).toBe(99);
});

test("prints nothing but the versioned document on stdout with --json, also in front of the URL", async () => {
  const url = await startRoundRobin("a", "b");
  const { code, stdout, stderr } = await runLoadtest(
    "distribution",
    "--requests",
    "10",
    "--json",
    url,
  );
  const document = JSON.parse(stdout) as DistributionDocument;
  expect(document).toMatchObject({
    schema: "evenkeel.loadtest.distribution/1",
    target: url,
    pass: true,
    partial: false,
    totals: { sent: 10, responses: 10, errors: 0, aborted: 0, unattributed: 0 },
    backends: [
      { name: "a", requests: 5, share: 0.5, expectedShare: 0.5, deviation: 0, verdict: "within" },
      { name: "b", requests: 5, share: 0.5, expectedShare: 0.5, deviation: 0, verdict: "within" },
    ],
    statuses: { 200: 10 },
    latency: { model: "closed-loop", unit: "ms", count: 10 },
  });
  expect(stderr).toContain("✓ PASS");
  expect(code).toBe(0);
});

test("writes the document to a file beside the table with --json FILE", async () => {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-loadtest-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "result.json");
  const url = await startRoundRobin("a");
  const { code, stdout } = await runLoadtest(
    "distribution",
    url,
    "--requests",
    "5",
    "--json",
    file,
  );
  expect(stdout).toContain("✓ PASS");
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ totals: { sent: 5 } });
  expect(code).toBe(0);
});

test("says before the load, in one line, which file cannot be written and why, and exits 1", async () => {
  const url = await startRoundRobin("a");
  const { code, stderr } = await runLoadtest("distribution", url, "--json", "/nonexistent/x.json");
  expect(stderr).toBe(
    'evenkeel loadtest: --json "/nonexistent/x.json": there is no folder /nonexistent that can be written\n',
  );
  expect(code).toBe(1);
});

test("exits 1 with one line that names URL and cause when the target was never reachable", async () => {
  const url = await refusedUrl();
  const { code, stdout, stderr } = await runLoadtest("distribution", url);
  expect(stderr).toBe(
    `evenkeel loadtest: cannot reach ${url}: connection refused (ECONNREFUSED)\n`,
  );
  expect(stdout).toBe("");
  expect(code).toBe(1);
});

test("exits 130 on Ctrl-C and prints what it has, marked partial", async () => {
  const waiting = Promise.withResolvers<void>();
  const { url } = await startRaw((socket, n) => {
    if (n <= 6) socket.write(okResponse);
    if (n === 10) waiting.resolve(); // all four connections wait now
  });
  const child = spawnLoadtest("distribution", url, "--connections", "4", "--json");
  const end = endOf(child);
  await waiting.promise;
  child.kill("SIGINT");
  const { code, stdout, stderr } = await end;
  expect(JSON.parse(stdout)).toMatchObject({
    partial: true,
    totals: { sent: 10, responses: 6, aborted: 4 },
  });
  expect(stderr).toContain("INTERRUPTED");
  expect(code).toBe(130);
});

test.each([
  [["--strategy", "weighted-raundom", "http://127.0.0.1:1/"], /did you mean weighted-random\?/],
  [["--requests", "many", "http://127.0.0.1:1/"], /Needs a whole number/],
  [["--weights", "a=1", "--expect-backends", "2", "http://127.0.0.1:1/"], /weights name 1/],
  [["--tolerence", "5%", "http://127.0.0.1:1/"], /Did you mean --tolerance/],
  [[], /missing required argument 'url'/],
])("exits 2 for %j and says what is wrong", async (args, message) => {
  const { code, stdout, stderr } = await runLoadtest("distribution", ...args);
  expect(stderr).toMatch(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("explains itself with examples and exit codes in --help", async () => {
  const { code, stdout } = await runLoadtest("distribution", "--help");
  expect(stdout).toContain("Usage: loadtest distribution [options] <url>");
  expect(stdout).toContain("--json | jq");
  expect(stdout).toContain("130  interrupted");
  expect(code).toBe(0);
});
