/* Pages with wide tables on a phone, in the dark and on paper, in a browser. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, findChromium } from "../../../test/browser.ts";
import { sampleReport } from "../../../test/sample-report.ts";
import { sampleScorecard } from "../../../test/sample-scorecard.ts";
import { checks } from "../../scorecard/checks/registry.ts";
import { scorecardReport } from "../../scorecard/to-report.ts";
import type { ReportDocument } from "../report-document.ts";
import { renderPage } from "./page.ts";

const chromium = findChromium();
const title =
  chromium === undefined
    ? "pages on a phone (skipped: no Chromium; install one or set EVENKEEL_CHROMIUM)"
    : "pages on a phone";

/** As failover writes it: five columns, the verdict the fourth, long reasons. */
function failoverPage(): ReportDocument {
  const sample = sampleReport();
  const because = "three checks of 1 s in a row must fail, and each may take its timeout of 1 s";
  const runs = sample.runs.map((run) => ({
    ...run,
    checks: [...run.checks, ...run.checks].map((check) => ({ ...check, note: because })),
    thresholds: [
      { text: "unsuccessful{method:POST}: count<=12", value: "3", verdict: "met" as const },
    ],
  }));
  return { ...sample, kind: "failover", runs };
}

const { command, environment } = sampleReport();
const scorecard = scorecardReport(sampleScorecard(), false, { command, environment });

describe.skipIf(chromium === undefined)(title, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "phone-test-"));
    await writeFile(join(folder, "failover.html"), renderPage(failoverPage()));
    await writeFile(join(folder, "scorecard.html"), renderPage(scorecard));
    browser = await Browser.launch(chromium ?? "");
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function show(
    name: "failover" | "scorecard",
    { width = 390, scheme = "light" }: { width?: number; scheme?: "light" | "dark" } = {},
  ): Promise<void> {
    const metrics = { width, height: 844, deviceScaleFactor: 1, mobile: width < 600 };
    await browser.send("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await browser.send("Emulation.setEmulatedMedia", { features });
    await browser.open(pathToFileURL(join(folder, `${name}.html`)).href);
  }

  /** Tables outside of details that are wider than the screen, and cells that end beyond it. */
  const beyondTheScreen = `[
    ...[...document.querySelectorAll(".scroll")]
      .filter((box) => box.closest("details") === null && box.scrollWidth > box.clientWidth)
      .map((box) => box.querySelector("caption").textContent.trim()),
    ...[...document.querySelectorAll("td, th")]
      .filter((cell) => cell.closest("details") === null && cell.getClientRects().length > 0)
      .filter((cell) => cell.closest("thead") === null && cell.getBoundingClientRect().right > innerWidth)
      .map((cell) => cell.textContent.trim()),
  ]`;

  test.each(["failover", "scorecard"] as const)(
    "nothing of %s is beside the screen",
    async (name) => {
      await show(name);
      expect(await browser.evaluate("innerWidth")).toBe(390);
      expect(await browser.evaluate("document.scrollingElement.scrollWidth")).toBe(390);
      expect(await browser.evaluate(beyondTheScreen)).toEqual([]);
    },
  );

  test("every verdict of a failover is on the screen, with the name of its column", async () => {
    await show("failover");
    const labels = await browser.evaluate(`[...document.querySelectorAll("td.word")].map((cell) =>
      getComputedStyle(cell, "::before").content)`);
    expect((labels as string[]).length).toBeGreaterThan(2);
    expect(new Set(labels as string[])).toEqual(new Set(['"verdict"']));
  });

  test("the scorecard has a row per check, a cell per balancer, and loads nothing", async () => {
    await show("scorecard", { width: 1280 });
    const count = (selector: string) =>
      browser.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
    expect(await count("table.stacked tbody tr")).toBe(checks.length);
    expect(await count("table.stacked tbody td")).toBe(checks.length * 4);
    const text = String(await browser.evaluate("document.body.innerText"));
    for (const check of checks) expect(text).toContain(check.title);
    const asked = browser.events.filter(({ method }) => method === "Network.requestWillBeSent");
    expect(asked.length).toBe(1);
    expect(browser.events.filter(({ method }) => method === "Log.entryAdded")).toEqual([]);
  });

  test("signs have the colours of their verdicts, in the dark too, and paper is white", async () => {
    const colors = async (): Promise<string[]> =>
      (await browser.evaluate(`[".said.pass", ".said.fail", "body"].map((selector) =>
        getComputedStyle(document.querySelector(selector))[selector === "body" ? "backgroundColor" : "color"])`)) as string[];
    await show("scorecard");
    expect(await colors()).toEqual(["rgb(11, 107, 58)", "rgb(179, 38, 30)", "rgb(255, 255, 255)"]);
    await show("scorecard", { scheme: "dark" });
    expect(await colors()).toEqual(["rgb(111, 213, 155)", "rgb(255, 155, 145)", "rgb(20, 23, 27)"]);
    await browser.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect((await colors())[2]).toBe("rgb(255, 255, 255)");
    const { data } = await browser.send("Page.printToPDF", { printBackground: true });
    expect(Buffer.from(String(data), "base64").subarray(0, 5).toString()).toBe("%PDF-");
  });
});
