import { existsSync, readFileSync } from "node:fs";
import { strategyNames } from "@evenkeel/core";
import { describe, expect, test } from "vitest";
import { renderPanels } from "../src/report/page/bar-panels.ts";
import { measureSituation } from "../src/strategy-docs/measure-situation.ts";
import { picturedBy } from "../src/strategy-docs/pictured-by.ts";
import { spreadingSituations } from "../src/strategy-docs/situations.ts";

const folder = new URL("../../../docs/strategies/", import.meta.url);
const pictured = picturedBy();

describe.each(strategyNames)("%s", (name) => {
  const page = new URL(`${name}.md`, folder);

  test("has a page of its own, which the overview links", () => {
    expect(existsSync(page)).toBe(true);
    const overview = readFileSync(new URL("README.md", folder), "utf8");
    expect(overview).toContain(`| [${name}](${name}.md) | `);
  });

  test.runIf(pictured.has(name))("has a measured picture on its page", () => {
    expect(readFileSync(page, "utf8")).toContain(`](pictures/${name}.svg)`);
    const picture = readFileSync(new URL(`pictures/${name}.svg`, folder), "utf8");
    expect(picture).toContain('class="bar own"');
  });
});

test("only what is no choice between backends has no picture", () => {
  expect(strategyNames.filter((name) => !pictured.has(name))).toEqual(["first"]);
});

test("a bar is as long as its figure is large, and only the strategy's own stands out", () => {
  const figures = [
    { strategy: "one", value: 25 },
    { strategy: "other", value: 100 },
  ];
  const format = (value: number): string => `${value} ms`;
  const panel = { title: "t", figures, format, isLogarithmic: false };
  const picture = renderPanels("one", [panel]);
  const widths = [...picture.matchAll(/class="bar( own)?"[^>]* width="([\d.]+)"/g)];
  expect(widths.map(([, own]) => own ?? "")).toEqual([" own", ""]);
  const [short = 0, long = 0] = widths.map(([, , width]) => Number(width));
  expect(short / long).toBeCloseTo(0.25);
});

test("figures are the same when they are measured again", () => {
  const [situation] = spreadingSituations;
  if (situation === undefined) throw new Error("there is no situation");
  expect(measureSituation(situation, 2_000)).toEqual(measureSituation(situation, 2_000));
});
