/* Takes the picture of docs/reports.md. Run after the page looks different: `pnpm --filter @evenkeel/loadtest picture`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { renderPage } from "../src/report/html/page.ts";
import { Browser, findChromium } from "./browser.ts";
import { sampleReport } from "./sample-report.ts";

const chromium = findChromium();
if (chromium === undefined) throw new Error("no Chromium; install one or set EVENKEEL_CHROMIUM");
const picture = fileURLToPath(new URL("../../../docs/pictures/report.webp", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "report-picture-"));
const browser = await Browser.launch(chromium);
try {
  const file = join(folder, "report.html");
  await writeFile(file, renderPage(sampleReport()));
  const size = { width: 1200, height: 1800, deviceScaleFactor: 1, mobile: false };
  await browser.send("Emulation.setDeviceMetricsOverride", size);
  const features = [{ name: "prefers-color-scheme", value: "light" }];
  await browser.send("Emulation.setEmulatedMedia", { features });
  await browser.open(pathToFileURL(file).href);
  const { data } = await browser.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  await writeFile(picture, Buffer.from(String(data), "base64"));
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
