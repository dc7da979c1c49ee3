/* What the commands write beside the text. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { endOf, runLoadtest, spawnLoadtest } from "../../test/run-loadtest.ts";
import { okResponse, startHttp, startRaw } from "../../test/servers.ts";
import type { ReportDocument } from "../report/report-document.ts";
import { reportSchema } from "../report/report-schema.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-report-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function startServer(): Promise<string> {
  let n = 0;
  const { url } = await startHttp((_request, response) => {
    response.setHeader("X-Backend", ["a", "b"][n++ % 2] ?? "").end("hello");
  });
  return url;
}

function reportIn(file: string): ReportDocument {
  const { report } = JSON.parse(readFileSync(file, "utf8")) as { readonly report: unknown };
  return reportSchema.parse(report);
}

test("one run goes to every file that is asked for, and all of them agree", async () => {
  const at = (name: string): string => join(temporaryFolder(), name);
  const [json, html, csv] = [at("run.json"), at("run.html"), at("run.csv")];
  const [hgrm, prometheus] = [at("run.hgrm"), at("run.prom")];
  const files = ["--json", json, "--html", html, "--csv", csv];
  const more = ["--hgrm", hgrm, "--prometheus", prometheus];
  const secret = ["--header", "Authorization: Bearer t0ps3cret"];
  const url = await startServer();
  const limits = ["--requests", "200", "--connections", "4"];
  const { code } = await runLoadtest("distribution", url, ...limits, ...files, ...more, ...secret);
  expect(code).toBe(0);
  const report = reportIn(json);
  const series = report.runs[0]?.series;
  expect(series?.offered.reduce((sum, count) => sum + count, 0)).toBe(200);
  const lines = readFileSync(csv, "utf8").trimEnd().split("\n");
  expect(lines.length).toBe(201);
  expect(
    lines.filter((line) => /,GET,[\d.]+,[\d.]+,[\d.]+,response,200,[ab],\d+$/.test(line)).length,
  ).toBe(200);
  expect(readFileSync(hgrm, "utf8")).toMatch(/Total count    = +200\]/);
  expect(readFileSync(prometheus, "utf8")).toContain(
    'evenkeel_loadtest_backend_responses_total{kind="distribution",backend="a"} 100\n',
  );
  const page = readFileSync(html, "utf8");
  expect(page).toContain("<title>Pass: Distribution of GET ");
  for (const file of [json, html, csv, prometheus]) {
    expect(readFileSync(file, "utf8")).not.toContain("t0ps3cret");
  }
  const again = at("again.html");
  expect(await runLoadtest("report", json, "--html", again)).toMatchObject({ code: 0, stdout: "" });
  expect(readFileSync(again, "utf8")).toBe(page);
  const intervals = at("intervals.csv");
  expect((await runLoadtest("report", html, "--csv", intervals)).code).toBe(0);
  const [headings, ...rows] = readFileSync(intervals, "utf8").trimEnd().split("\n");
  expect(headings).toBe(
    "run,from_ms,to_ms,offered,achieved,failed,p50_us,p90_us,p99_us,max_us,outcome_2xx,backend_a,backend_b",
  );
  const offered = rows.map((row) => Number(row.split(",")[3]));
  expect(offered).toEqual(series?.offered);
  const { stdout } = await runLoadtest("report", json);
  expect(stdout).toMatch(/requests sent +200\n/);
  expect(stdout).toContain("✓ PASS  every backend is within ±5 %");
});

test("an interrupted run still writes its files, marked partial, and exits 130", async () => {
  const waiting = Promise.withResolvers<void>();
  const { url } = await startRaw((socket, n) => {
    if (n <= 6) socket.write(okResponse);
    if (n === 10) waiting.resolve();
  });
  const folder = temporaryFolder();
  const [html, json, csv] = ["r.html", "r.json", "r.csv"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const files = ["--html", html, "--json", json, "--csv", csv];
  const child = spawnLoadtest("distribution", url, "--connections", "4", ...files);
  const end = endOf(child);
  await waiting.promise;
  child.kill("SIGINT");
  expect((await end).code).toBe(130);
  expect(reportIn(json)).toMatchObject({ partial: true });
  expect(readFileSync(html, "utf8")).toContain("<title>Interrupted: ");
  const outcomes = readFileSync(csv, "utf8").trimEnd().split("\n").slice(1);
  expect(outcomes.filter((line) => line.includes(",response,")).length).toBe(6);
  expect(outcomes.filter((line) => line.includes(",aborted,")).length).toBe(4);
});

test("report says what is wrong with a file, and exits 1", async () => {
  const file = join(temporaryFolder(), "other.json");
  writeFileSync(file, '{"schema":"something/1"}');
  const { code, stderr } = await runLoadtest("report", file, "--html", `${file}.html`);
  expect(stderr).toBe(
    `evenkeel loadtest: ${file} holds no evenkeel-report/1: its schema is "something/1"; write one with --json ${file}\n`,
  );
  expect(code).toBe(1);
});

test("schema prints what editors and other programs need, and names what there is", async () => {
  const { stdout } = await runLoadtest("schema", "scenario");
  expect(JSON.parse(stdout)).toMatchObject({ title: "Scenario of evenkeel loadtest run" });
  const { code, stderr } = await runLoadtest("schema", "reprot");
  expect(stderr).toContain("Allowed choices are report, scenario.");
  expect(code).toBe(2);
});
