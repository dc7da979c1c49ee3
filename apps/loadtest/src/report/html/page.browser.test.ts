/* The page as a browser shows it: what is drawn, what is written, and what it asks the network for. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Browser, findChromium } from "../../../test/browser.ts";
import { decodePng, type Picture } from "../../../test/png.ts";
import { sampleReport } from "../../../test/sample-report.ts";
import { valueAt } from "../percentiles.ts";
import { renderPage } from "./page.ts";

const chromium = findChromium();
const title =
  chromium === undefined
    ? "the page in a browser (skipped: no Chromium; install one or set EVENKEEL_CHROMIUM)"
    : "the page in a browser";
const report = { ...sampleReport(), title: "Chaos <script>document.title = 'run'</script>" };
const [run] = report.runs;

describe.skipIf(chromium === undefined)(title, () => {
  let browser: Browser;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "page-test-"));
    const file = join(folder, "report.html");
    await writeFile(file, renderPage(report));
    url = pathToFileURL(file).href;
    browser = await Browser.launch(chromium ?? "");
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await show({ width: 1280, scheme: "light" });
  });

  async function show({
    width,
    scheme,
  }: {
    width: number;
    scheme: "light" | "dark";
  }): Promise<void> {
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
    await browser.send("Emulation.setDeviceMetricsOverride", metrics);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await browser.send("Emulation.setEmulatedMedia", { features });
    await browser.open(url);
  }

  async function pictureOf(selector: string): Promise<Picture> {
    const box = await browser.evaluate(`(() => {
      const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      return { x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height };
    })()`);
    const clip = { ...(box as object), scale: 1 };
    const params = { format: "png", clip, captureBeyondViewport: true };
    const { data } = await browser.send("Page.captureScreenshot", params);
    return decodePng(Buffer.from(String(data), "base64"));
  }

  async function colorOf(name: string): Promise<readonly number[]> {
    const hex = String(
      await browser.evaluate(
        `getComputedStyle(document.documentElement).getPropertyValue("--${name}")`,
      ),
    ).trim();
    return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  }

  /** Columns of the picture, as parts of its width, that hold the colour. */
  function columnsWith(picture: Picture, color: readonly number[], tolerance = 24): number[] {
    return columnsWhere(picture, (pixel) =>
      pixel.every((value, i) => Math.abs(value - (color[i] ?? 0)) <= tolerance),
    );
  }

  async function tableOf(id: string): Promise<string[][]> {
    return (await browser.evaluate(
      `[...document.querySelectorAll("#${id} table tr")].map((row) => [...row.cells].map((cell) => cell.textContent.trim()))`,
    )) as string[][];
  }

  test("loads nothing, breaks no rule of its own policy, and runs nothing it was sent", async () => {
    const requests = browser.events
      .filter(({ method }) => method === "Network.requestWillBeSent")
      .map(({ params }) => (params["request"] as { readonly url: string }).url);
    expect(requests.filter((asked) => asked !== url && !asked.startsWith("data:"))).toEqual([]);
    const complaints = browser.events.filter(({ method }) =>
      ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"].includes(method),
    );
    expect(complaints).toEqual([]);
    expect(await browser.evaluate("document.querySelectorAll('script').length")).toBe(3);
    expect(await browser.evaluate("document.querySelector('h1').textContent")).toBe(report.title);
    const blocked = browser.evaluate(
      "fetch('https://example.invalid/').then(() => 'loaded', () => 'blocked')",
    );
    expect(await blocked).toBe("blocked");
  });

  test("draws every line in its colour over the whole chart", async () => {
    const expectAcross = async (id: string, ...colors: readonly string[]): Promise<void> => {
      const picture = await pictureOf(`#run1-${id} .plot`);
      for (const color of colors) {
        const columns = columnsWith(picture, await colorOf(color));
        expect(columns.length, `${id} ${color}`).toBeGreaterThan(100);
        const [first = 1, last = 0] = [columns[0], columns.at(-1)];
        expect(last - first, `${id} ${color}`).toBeGreaterThan(0.75);
      }
    };
    await expectAcross("rate", "blue");
    await expectAcross("latency", "sky", "blue", "orange");
    await expectAcross("spectrum", "blue");
  });

  test("areas reach the end of the run, also where it has cut the last interval short", async () => {
    const isGreen = ([red = 0, green = 0, blue = 0]: readonly number[]): boolean =>
      green - red > 60 && green > blue;
    const columns = columnsWhere(await pictureOf("#run1-outcomes .plot"), isGreen);
    const [first = 1, last = 0] = [columns[0], columns.at(-1)];
    expect(first).toBeLessThan(0.17);
    expect(last).toBeGreaterThan(0.96);
  });

  test("draws failures while something was broken, and nowhere else", async () => {
    const picture = await pictureOf("#run1-outcomes .plot");
    const isPurple = ([red = 0, green = 0, blue = 0]: readonly number[]): boolean =>
      red - green > 45 && blue - green > 25;
    const columns = columnsWhere(picture, isPurple);
    expect(columns.length).toBeGreaterThan(2);
    const [first = 0, last = 0] = [columns[0], columns.at(-1)];
    // The fault is from a third of the time on, and failures last for half a second; the axis takes 12 %.
    expect(first).toBeGreaterThan(0.33);
    expect(last).toBeLessThan(0.5);
  });

  test("shades what was broken on every chart over time", async () => {
    const isReddish = ([red = 0, green = 0, blue = 0]: readonly number[]): boolean =>
      red - green > 50 && red - blue > 50;
    for (const id of ["rate", "latency", "heat", "outcomes", "backends"]) {
      // At the top a band has its edge, and no line comes there.
      const columns = columnsWhere(await pictureOf(`#run1-${id} .plot`), isReddish, 0.1);
      const [first = 0, last = 0] = [columns[0], columns.at(-1)];
      expect(first, id).toBeGreaterThan(0.35);
      expect(last, id).toBeLessThan(0.7);
      // Three of twelve seconds, of a plot that is seven eighths of the picture.
      expect(last - first, id).toBeGreaterThan(0.18);
      expect(last - first, id).toBeLessThan(0.26);
    }
  });

  test("draws the heat map's cells in the colours of its scale, and more strongly where more is", async () => {
    const picture = await pictureOf("#run1-heat .plot");
    const strong = columnsWith(picture, await colorOf("heat-high"), 60);
    const middle = columnsWith(picture, await colorOf("heat-middle"), 40);
    expect(middle.length).toBeGreaterThan(50);
    expect(strong.length).toBeGreaterThan(0);
    expect(strong.length).toBeLessThan(middle.length);
  });

  test("the tables behind the charts hold the report's own numbers", async () => {
    const series = run?.series;
    if (series === null || series === undefined) throw new Error("no series in the sample");
    const [, ...rates] = await tableOf("run1-rate");
    expect(rates.length).toBe(series.offered.length);
    rates.forEach(([from, offered, achieved, failed], at) => {
      expect(numberIn(from)).toBeCloseTo((at * series.intervalMs) / 1000, 2);
      const perSecond = 1000 / series.intervalMs;
      expect(numberIn(offered)).toBeCloseTo((series.offered[at] ?? 0) * perSecond, 0);
      expect(numberIn(achieved)).toBeCloseTo((series.achieved[at] ?? 0) * perSecond, 0);
      expect(numberIn(failed)).toBeCloseTo((series.failed[at] ?? 0) * perSecond, 0);
    });
    const [, ...latencies] = await tableOf("run1-latency");
    latencies.forEach(([, ...cells], at) => {
      const columns = [series.p50Us, series.p90Us, series.p99Us, series.maxUs];
      cells.forEach((cell, column) => expectMicroseconds(cell, columns[column]?.[at] ?? null));
    });
    const [, ...spectrum] = await tableOf("run1-spectrum");
    if (run === undefined || run.latency === null) throw new Error("no latency in the sample");
    expect(spectrum.at(-1)?.[0]).toBe("100 %");
    for (const [level, fromDue] of spectrum) {
      expectMicroseconds(fromDue, valueAt(run.latency, numberIn(level)), 0.05);
    }
  });

  test("the heat map's table accounts for every response", async () => {
    const [, ...rows] = await tableOf("run1-heat");
    const counts = rows.flatMap(([, ...cells]) => cells.map(numberIn));
    const sum = counts.reduce((total, count) => total + count, 0);
    expect(sum).toBe(run?.latency?.count);
  });

  test("says the verdict, shares and statuses as the report has them", async () => {
    const text = String(await browser.evaluate("document.body.innerText"));
    for (const reason of report.verdict.reasons) expect(text).toContain(reason);
    for (const { name, requests, share } of run?.backends ?? []) {
      expect(text).toMatch(new RegExp(`${name}\\s+${requests}\\s+${(share * 100).toFixed(1)} %`));
    }
    expect(text).toMatch(/502\s+20\s/);
    expect(await browser.evaluate("document.title")).toBe(`Fail: ${report.title}`);
    expect(
      JSON.parse(String(await browser.evaluate("document.querySelector('#report').textContent"))),
    ).toEqual(report);
  });

  test("fits a phone without scrolling sideways, and moves nothing while it loads", async () => {
    await show({ width: 390, scheme: "light" });
    expect(await browser.evaluate("document.scrollingElement.scrollWidth")).toBe(390);
    const shift = await browser.evaluate(`new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; })
        .observe({ type: "layout-shift", buffered: true });
      requestAnimationFrame(() => setTimeout(() => resolve(sum), 50));
    })`);
    expect(shift).toBe(0);
    const blue = columnsWith(await pictureOf("#run1-rate .plot"), await colorOf("blue"));
    expect(blue.length).toBeGreaterThan(100);
  });

  test.each(["light", "dark"] as const)("has contrast enough in %s", async (scheme) => {
    await show({ width: 1280, scheme });
    const paper = luminance(await colorOf("paper"));
    expect(paper > 0.5).toBe(scheme === "light");
    for (const name of ["ink", "soft", "pass", "fail", "doubt", "blue"]) {
      const color = luminance(await colorOf(name));
      const contrast = (Math.max(color, paper) + 0.05) / (Math.min(color, paper) + 0.05);
      expect(contrast, name).toBeGreaterThanOrEqual(4.5);
    }
    // Lines and areas need less: WCAG 1.4.11.
    for (const name of ["orange", "green", "purple", "amber", "sky", "red", "grey"]) {
      const color = luminance(await colorOf(name));
      const contrast = (Math.max(color, paper) + 0.05) / (Math.min(color, paper) + 0.05);
      expect(contrast, name).toBeGreaterThanOrEqual(3);
    }
  });

  test("prints in light colours, also from a dark screen, and goes back to it", async () => {
    await show({ width: 1280, scheme: "dark" });
    const { data } = await browser.send("Page.printToPDF", { printBackground: true });
    const pdf = Buffer.from(String(data), "base64");
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await browser.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(luminance(await colorOf("paper"))).toBeGreaterThan(0.9);
    const widths = await browser.evaluate(
      "[...document.querySelectorAll('.uplot')].map((plot) => plot.offsetWidth)",
    );
    for (const width of widths as number[]) expect(width).toBeLessThanOrEqual(690);
    await browser.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(luminance(await colorOf("paper"))).toBeLessThan(0.1);
  });

  test("reads values out to the keyboard, and hides a line on request", async () => {
    await browser.evaluate("document.querySelector('#run1-rate .plot').focus()");
    const press = async (key: string): Promise<string> => {
      for (const type of ["keyDown", "keyUp"]) {
        await browser.send("Input.dispatchKeyEvent", { type, key, code: key });
      }
      return String(
        await browser.evaluate("document.querySelector('#run1-rate output').textContent"),
      );
    };
    expect(await press("ArrowRight")).toMatch(
      /^0 s: offered 200\/s · achieved 200\/s · failed 0\/s$/,
    );
    expect(await press("ArrowRight")).toMatch(/^0\.1 s: /);
    await browser.evaluate("document.querySelectorAll('#run1-rate button')[1].click()");
    const pressed =
      "document.querySelectorAll('#run1-rate button')[1].getAttribute('aria-pressed')";
    expect(await browser.evaluate(pressed)).toBe("false");
    const blue = columnsWith(await pictureOf("#run1-rate .plot"), await colorOf("blue"));
    expect(blue.length).toBeLessThan(20);
  });

  test("names every chart, table and column for who cannot see them", async () => {
    const unnamed = await browser.evaluate(`[
      ...[...document.querySelectorAll(".plot")].filter((plot) => !plot.getAttribute("aria-label")),
      ...[...document.querySelectorAll("table")].filter((table) => !table.caption),
      ...[...document.querySelectorAll("thead th, tbody th")].filter((th) => !th.scope),
    ].map((element) => element.outerHTML)`);
    expect(unnamed).toEqual([]);
    expect(await browser.evaluate("document.documentElement.lang")).toBe("en");
    expect(await browser.evaluate("document.querySelectorAll('h1').length")).toBe(1);
  });
});

function numberIn(cell: string | undefined): number {
  return Number(/-?[\d.,]+/.exec(cell ?? "")?.[0].replaceAll(",", ""));
}

const microsecondsIn: Readonly<Record<string, number>> = { µs: 1, ms: 1000, s: 1_000_000 };

/** `7.55 ms` is 7,550 µs to within the digits that are shown. */
function expectMicroseconds(cell: string | undefined, us: number | null, tolerance = 0.006): void {
  if (us === null) return expect(cell).toBe("–");
  const unit = /(µs|ms|s)$/.exec(cell ?? "")?.[1] ?? "";
  const shown = numberIn(cell) * (microsecondsIn[unit] ?? Number.NaN);
  expect(Math.abs(shown - us) / us).toBeLessThan(tolerance);
}

/** Columns, as parts of the width, of which a pixel in the upper `part` of the picture is as asked for. */
function columnsWhere(
  { width, height, pixel }: Picture,
  isWanted: (pixel: readonly number[]) => boolean,
  part = 1,
): number[] {
  const rows = Array.from({ length: Math.floor(height * part) }, (_, y) => y);
  const columns = Array.from({ length: width }, (_, x) => x);
  return columns.filter((x) => rows.some((y) => isWanted(pixel(x, y)))).map((x) => x / width);
}

/** WCAG 2.2, relative luminance. */
function luminance(color: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
