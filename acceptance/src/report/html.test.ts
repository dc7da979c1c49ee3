import { expect, test } from "vitest";
import { mixedResult } from "../../test/results.ts";
import { htmlPage } from "./html.ts";

const page = htmlPage(mixedResult);

test("needs nothing but itself and runs nothing", () => {
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/<script|<link|<img|src=|url\(|@import|https?:/);
});

test("takes no text of a case for markup", () => {
  expect(page).toContain("&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;");
  expect(page).toContain("no GET &lt;fails&gt; &amp; &quot;all&quot; is well");
});

test("says the verdict first, then every case with its figures", () => {
  expect(page).toMatch(/class="banner fail"><strong>Broken\.<\/strong> 2 passed, 1 failed, /);
  expect(page).toContain("<li>shares <b>33.3 %</b> <small>≤ 5 %</small></li>");
  for (const { case: one } of mixedResult.cases) expect(page).toContain(`<code>${one.id}`);
  expect(page).toContain("tried twice: the first run was invalid (saturated)");
});

test("lists what is broken above everything else, with a link to its row", () => {
  expect(page).toContain(
    '<a href="#failover/kill-1">no GET &lt;fails&gt; &amp; &quot;all&quot; is well</a>',
  );
  expect(page).toContain('<tr class="fail" id="failover/kill-1">');
  expect(page.indexOf('href="#failover/kill-1"')).toBeLessThan(page.indexOf("<table"));
});

test("keeps logs folded, with the command that shows the failure again", () => {
  expect(page).toContain("<details><summary><code>$ evenkeel proxy</code></summary>");
  expect(page).toContain("<code>pnpm acceptance --only failover/kill</code>");
});

test("has colours for light, dark and paper", () => {
  expect(page).toContain("prefers-color-scheme: dark");
  expect(page).toContain("@media print");
});

test("closes every element that it opens", () => {
  const open: string[] = [];
  for (const [, slash, name = ""] of page.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
    if (["meta", "br"].includes(name)) continue;
    if (slash === "") open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
});
