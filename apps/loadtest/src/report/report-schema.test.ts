import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sampleReport } from "../../test/sample-report.ts";
import { renderPage } from "./html/page.ts";
import { readReport } from "./read-report.ts";
import { reportJsonSchema } from "./report-schema.ts";

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "report-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "saved.json");
  await writeFile(file, text);
  return file;
}

test("the published JSON Schema is the one that reads reports", () => {
  const file = new URL("../../report.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(reportJsonSchema());
});

test("reads a report that it wrote, alone or inside a check's own document", async () => {
  const report = sampleReport();
  expect(await readReport(await fileWith(JSON.stringify(report)))).toEqual(report);
  const document = { schema: "evenkeel.loadtest.chaos/1", pass: true, report };
  expect(await readReport(await fileWith(JSON.stringify(document)))).toEqual(report);
});

test("reads a report back out of its page", async () => {
  const report = sampleReport();
  expect(await readReport(await fileWith(renderPage(report)))).toEqual(report);
  const other = await fileWith("<!DOCTYPE html><title>another page</title>");
  await expect(readReport(other)).rejects.toThrow("is a page without a report");
});

test("says of a bad file what is wrong and where", async () => {
  const problemOf = async (text: string): Promise<string> => {
    const error: unknown = await readReport(await fileWith(text)).catch((e: unknown) => e);
    return error instanceof Error ? error.message : "no error";
  };
  expect(await problemOf("{")).toMatch(/saved\.json is not JSON: /);
  expect(await problemOf("{}")).toContain("holds no evenkeel-report/1: it names no schema");
  expect(await problemOf('{"schema":"evenkeel-report/9"}')).toContain(
    'its schema is "evenkeel-report/9"',
  );
  const wrong = { ...sampleReport(), durationMs: "long" };
  expect(await problemOf(JSON.stringify(wrong))).toMatch(/\n {2}durationMs: /);
  const [run] = sampleReport().runs;
  const series = { ...run?.series, offered: [1] };
  const uneven = { ...sampleReport(), runs: [{ ...run, series }] };
  expect(await problemOf(JSON.stringify(uneven))).toContain(
    "runs.0.series: columns of different lengths",
  );
  await expect(readReport("/nowhere/at/all.json")).rejects.toThrow("cannot be read");
});
