import { expect, test } from "vitest";
import { PressureWatch } from "./pressure-watch.ts";

function pressure(totalUs: number): string {
  return `some avg10=98.72 avg60=97.94 avg300=61.56 total=${totalUs}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`;
}

test("what was waited before the watch does not count, and what was waited since does", async () => {
  let totalUs = 5_000_000;
  const watch = new PressureWatch(() => pressure(totalUs));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(watch.share).toBe(0);
  totalUs += 60_000_000;
  expect(watch.share).toBeGreaterThan(1);
});

test("a system that does not tell gives no number", () => {
  const watch = new PressureWatch(() => {
    throw new Error("ENOENT");
  });
  expect(watch.share).toBeNaN();
});
