import { expect, test } from "vitest";
import { configOf, problemsOf } from "../../test/load-text.ts";

function poolOf(backends: string): string {
  return `pools:\n  web:\n    backends: ${backends}\n`;
}

test("a backup has priority 1, and priorities are taken as they are", () => {
  const text = poolOf(
    "[http://a, { url: http://b, backup: true }, { url: http://c, backup: false }, " +
      "{ url: http://d, priority: 7 }]",
  );
  const priorities = configOf(text).config.pools[0]?.backends.map(({ priority }) => priority);
  expect(priorities).toEqual([0, 1, 0, 7]);
});

test("refuses backup and priority on one backend, whatever they say", () => {
  const text = poolOf(
    "[http://a, { url: http://b, backup: true, priority: 1 },\n" +
      "      { url: http://c, priority: 0, backup: false }]",
  );
  const reason = "backup: true is priority 1; give backup or priority, not both";
  expect(problemsOf(text)).toEqual([
    `evenkeel.yaml:3:51 pools.web.backends[1].backup: ${reason}`,
    `evenkeel.yaml:4:45 pools.web.backends[2].backup: ${reason}`,
  ]);
});

test("refuses a pool that has nothing but backups", () => {
  const text = poolOf("[{ url: http://a, backup: true }, { url: http://b, priority: 2 }]");
  expect(problemsOf(text)).toEqual([
    "evenkeel.yaml:3:15 pools.web.backends: every backend is a backup here; one must have priority 0",
  ]);
});

test("does not count backups while a backend of the pool cannot be read", () => {
  expect(problemsOf(poolOf("[{ url: http://a, backup: true }, ftp://b]"))).toHaveLength(1);
});

test.each(["101", "-1", "1.5", "first"])("refuses the priority %s", (priority) => {
  expect(problemsOf(poolOf(`[http://a, { url: http://b, priority: ${priority} }]`))).toHaveLength(
    1,
  );
});
