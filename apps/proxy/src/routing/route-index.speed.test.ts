import { type RouteConfig } from "@evenkeel/config";
import { expect, test } from "vitest";
import { parsedRequest } from "../../test/support/routed-request.ts";
import { RouteIndex } from "./route-index.ts";

/** A service with ten paths on each host. */
function routesOf(count: number): readonly RouteConfig[] {
  return Array.from({ length: count }, (_, index) => ({
    host: { kind: "exact", name: `tenant-${Math.floor(index / 10)}.example.com` },
    path: { kind: "prefix", path: `/api/v1/service-${index % 10}` },
    methods: null,
    headers: [],
    query: [],
    action: { kind: "pool", pool: "web" },
    rewrite: null,
    requestHeaders: null,
    listeners: null,
    responseHeaders: null,
    mirror: null,
    rateLimits: [],
    concurrencyLimits: [],
    access: { allow: null, deny: [] },
  }));
}

const rounds = 15;
const matchesPerRound = 20_000;

/** The fastest round's nanoseconds for one match; the rounds of all indexes take turns. */
function fastest(counts: readonly number[]): readonly number[] {
  const subjects = counts.map((count) => {
    const index = new RouteIndex(routesOf(count));
    const host = `tenant-${Math.floor((count - 1) / 10)}.example.com`;
    const request = parsedRequest({ host, target: "/api/v1/service-9/users/5?page=2" });
    expect(index.match(request, false)).toBe(count - 1);
    return { index, request };
  });
  const best = subjects.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [at, { index, request }] of subjects.entries()) {
      const startedAt = process.hrtime.bigint();
      for (let count = 0; count < matchesPerRound; count++) index.match(request, false);
      const ns = Number(process.hrtime.bigint() - startedAt) / matchesPerRound;
      best[at] = Math.min(best[at] ?? Infinity, ns);
    }
  }
  return best;
}

test("10,000 routes take about as long as 10, and nowhere near a thousand times", () => {
  const [few = 0, many = Infinity] = fastest([10, 10_000]);
  if (process.env["SHOW_SPEED"] !== undefined) process.stderr.write(`${few} ns, ${many} ns\n`);
  expect(many / few).toBeLessThan(10);
});
