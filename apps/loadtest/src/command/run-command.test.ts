import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { endOf, runLoadtest, spawnLoadtest } from "../../test/run-loadtest.ts";
import { refusedUrl, startHttp } from "../../test/servers.ts";
import { parseSideFlags, splitWords } from "./side-flags.ts";
import { parseRatesOption } from "./sweep-command.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-run-command-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function startShop() {
  return await startHttp((request, response) => {
    response.statusCode = request.url?.startsWith("/missing") === true ? 404 : 200;
    response.setHeader("X-Backend", "a").end("ok");
  });
}

test("prints figures, latencies and thresholds, and exits 0 where all are kept", async () => {
  const { url } = await startShop();
  const { code, stdout, stderr } = await runLoadtest(
    "run",
    url,
    "--requests",
    "50",
    "--connections",
    "5",
    "--expect-body",
    "ok",
    "--threshold",
    "failed: rate<1%",
    "--allow-saturation",
    "--no-progress",
  );
  expect(stderr).toBe("");
  expect(stdout).toMatch(/sent +50 in/);
  expect(stdout).toMatch(/as measured +[\d.]+ (µs|ms|s)/);
  expect(stdout).toContain("✓ failed: rate<1%  (0)");
  expect(stdout).toContain("✓ checks: rate==100%  (100 %)");
  expect(stdout).toContain("✓ PASS  every threshold is kept");
  expect(code).toBe(0);
});

test("exits 99 where a threshold is missed, and writes every file that was asked for", async () => {
  const { url } = await startShop();
  const folder = await newFolder();
  const file = (name: string): string => join(folder, name);
  const { code, stdout } = await runLoadtest(
    "run",
    `${url}missing/{{seq}}`,
    "--rate",
    "200/s",
    "--requests",
    "20",
    "--allow-saturation",
    "--threshold",
    "status{code=404}: count==0",
    "--json",
    file("run.json"),
    "--csv",
    file("run.csv"),
    "--html",
    file("run.html"),
    "--hgrm",
    file("run.hgrm"),
  );
  expect(code).toBe(99);
  expect(stdout).toContain("✗ FAIL  status{code=404}: count==0: 20");
  const document = JSON.parse(await readFile(file("run.json"), "utf8")) as Record<string, unknown>;
  expect(document).toMatchObject({
    schema: "evenkeel.loadtest.run/1",
    pass: false,
    counts: { due: 20, responses: 20, failed: 20 },
    report: { schema: "evenkeel-report/1", kind: "run", verdict: { kind: "fail" } },
  });
  const rows = (await readFile(file("run.csv"), "utf8")).trimEnd().split("\n");
  expect(rows).toHaveLength(21);
  expect(rows[1]).toMatch(/^request,0,GET,0,[\d.]+,[\d.]+,response,404,a,\d+$/);
  expect(await readFile(file("run.html"), "utf8")).toContain("Load on ");
  expect(await readFile(file("run.hgrm"), "utf8")).toContain("TotalCount");
});

test("writes the rows of several workers into one file", async () => {
  const { url } = await startShop();
  const csv = join(await newFolder(), "rows.csv");
  await runLoadtest(
    "run",
    url,
    "--requests",
    "40",
    "--connections",
    "4",
    "--workers",
    "2",
    "--csv",
    csv,
  );
  const [, ...rows] = (await readFile(csv, "utf8")).trimEnd().split("\n");
  const numbers = rows.map((row) => Number(row.split(",")[1])).toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, number) => number));
});

test("a scenario says what is sent, and flags go before it", async () => {
  const { url } = await startShop();
  const scenario = join(await newFolder(), "s.yaml");
  await writeFile(
    scenario,
    `version: 1\ntarget: ${url}\nrequests: [{ name: good, path: /a }, { name: bad, path: /missing }]\nload: { rate: 1/s, duration: 1h }\nthresholds: ["failed{request=good}==0"]`,
  );
  const flags = ["--connections", "2", "--requests", "30", "--allow-saturation"];
  const { code, stdout } = await runLoadtest("run", "--scenario", scenario, ...flags, "--json");
  expect(code).toBe(0);
  const { requests } = JSON.parse(stdout) as {
    readonly requests: readonly { readonly name: string; readonly failed: number }[];
  };
  expect(requests.map(({ name }) => name)).toEqual(["good", "bad"]);
  expect(requests[1]?.failed).toBeGreaterThan(0);
});

test.each<[readonly string[], RegExp]>([
  [["run"], /where to\? give a URL/],
  [["run", "http://127.0.0.1:1", "--rate", "5"], /Needs a rate, such as 500\/s/],
  [["run", "http://127.0.0.1:1", "--stage", "5s"], /not a time and a rate, as in 10s:100\/s/],
  [["run", "http://127.0.0.1:1", "--profile", "spik"], /did you mean spike\?/],
  [["run", "http://127.0.0.1:1", "--threshold", "latency: p(99)<5"], /column 16: 5 has no unit/],
  [["run", "http://127.0.0.1:1", "--reqests", "5"], /Did you mean --requests\?/],
  [
    ["run", "http://127.0.0.1:1", "--body", "a", "--body-file", "b"],
    /--body or --body-file, not both/,
  ],
  [["sweep", "http://127.0.0.1:1"], /which rates\? give --rates/],
  [["sweep", "http://127.0.0.1:1", "--rates", "5..4/1"], /2 to 1000 steps/],
  [["compare", "a.json"], /give two files of run --json, or --a and --b/],
  [["compare", "--a", ""], /--a and --b go together/],
  [["compare", "--a", "--rat 5/s", "--b", ""], /--a: unknown option '--rat'/],
])("exits 2 for %j and says what is wrong", async (args, message) => {
  const { code, stdout, stderr } = await runLoadtest(...args);
  expect(stderr).toMatch(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("exits 1 where nobody is, in both loops", async () => {
  const url = await refusedUrl();
  for (const load of [
    ["--requests", "5"],
    ["--rate", "50/s", "--requests", "5"],
  ]) {
    const { code, stderr } = await runLoadtest("run", url, ...load);
    expect(stderr).toMatch(/cannot reach .*: connection refused/);
    expect(code).toBe(1);
  }
});

test("exits 3 and says so where the generator is the limit", async () => {
  const { url } = await startHttp(() => {});
  // A schedule that no generator can keep: all is due at once.
  const flags = ["--rate", "100000/s", "--requests", "3000", "--timeout", "200ms"];
  const child = spawnLoadtest("run", url, ...flags, "--max-in-flight", "3000");
  const { code, stdout } = await endOf(child);
  expect(stdout).toContain("INVALID  the load generator was the limit");
  expect(code).toBe(3);
});

test("Ctrl-C keeps what there is, and exits 130", async () => {
  const requested = Promise.withResolvers<void>();
  const { url } = await startHttp((_request, response) => {
    requested.resolve();
    response.end();
  });
  const child = spawnLoadtest("run", url, "--rate", "50/s", "--duration", "10m");
  await requested.promise;
  child.kill("SIGINT");
  const { code, stdout } = await endOf(child);
  expect(stdout).toContain("PARTIAL: interrupted");
  expect(code).toBe(130);
});

test("Ctrl-C before a pair of runs was finished leaves nothing to compare, and exits 130", async () => {
  const requested = Promise.withResolvers<void>();
  const { url } = await startHttp((_request, response) => {
    requested.resolve();
    response.end();
  });
  const load = ["--rate", "50/s", "--duration", "10m"];
  const child = spawnLoadtest("compare", url, ...load, "--a", "", "--b", "");
  await requested.promise;
  child.kill("SIGINT");
  const { code, stderr } = await endOf(child);
  expect(stderr).toContain("interrupted before a run of A and one of B were finished");
  expect(code).toBe(130);
});

test("Ctrl-C pressed again and again ends a run that waits for a response, as one does", async () => {
  const requested = Promise.withResolvers<void>();
  const { url } = await startHttp(() => requested.resolve());
  const flags = ["--target", url, "--no-fault", "--timeout", "10m", "--sessions", "1"];
  const child = spawnLoadtest("sticky", ...flags);
  await requested.promise;
  // One after the other until it is over: two signals at the same moment are one.
  const presses = setInterval(() => child.kill("SIGINT"), 100);
  const { code } = await endOf(child);
  clearInterval(presses);
  // In its very last moment Node hears no signals any more; a shell then makes 130 of the signal.
  expect(code ?? child.signalCode).toBeOneOf([130, "SIGINT"]);
});

test("splits a side's flags as a shell would", () => {
  expect(splitWords(`--header "X-A: 1 \\"2\\"" --body '{"n": 1}' a\\ b http://x/`)).toEqual([
    "--header",
    'X-A: 1 "2"',
    "--body",
    '{"n": 1}',
    "a b",
    "http://x/",
  ]);
  const { url, flags } = parseSideFlags("a", "--keep-alive off http://x/ --header 'X-A: 1'");
  expect(url).toBe("http://x/");
  expect(flags).toMatchObject({ keepAlive: "off", header: [["X-A", "1"]] });
});

test("reads rates as a list or as a range", () => {
  expect(parseRatesOption("100/s,200/s")).toEqual([100, 200]);
  expect(parseRatesOption("100/s..400/s/100")).toEqual([100, 200, 300, 400]);
  expect(parseRatesOption("0.5..2/0.5")).toEqual([0.5, 1, 1.5, 2]);
  expect(() => parseRatesOption("100")).toThrow("100/s..1000/s/100");
});
