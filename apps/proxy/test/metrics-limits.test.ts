import { describe, expect } from "vitest";
import { scrape } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

async function start(routes: readonly unknown[]): Promise<TestProxy> {
  const { url } = await startBackend(() => ok());
  return await startTestProxy({
    backends: [url],
    top: { admin: "127.0.0.1:0", workers: 1, routes },
  });
}

/** Series that are not 0, as label values and count. */
async function counted(proxy: TestProxy, name: string): Promise<unknown[]> {
  const series = (await scrape(proxy.running)).get(name)?.series ?? [];
  return series.flatMap(({ labels, value }) =>
    value === 0 ? [] : [[...Object.values(labels), value]],
  );
}

describe("the metrics of limits", () => {
  test("tell those who came too often from those who are denied", async () => {
    const proxy = await start([
      { path: "/denied", pool: "web", deny: ["127.0.0.1"] },
      { pool: "web", rateLimit: { rate: "1/h" } },
    ]);
    const client = await openClient(proxy.port);
    for (const path of ["/", "/", "/", "/denied"]) await client.request(get(path));
    await proxy.recorded(4);
    expect(await counted(proxy, "evenkeel_request_errors_total")).toEqual([
      ["web", "http_request_denied", 1],
      ["web", "rate_limited", 2],
    ]);
  });

  test("count the keys that a limit had no room for, by limit", async () => {
    const byUser = (maxKeys: number): unknown => ({ rate: "1/h", key: "header:x-user", maxKeys });
    const proxy = await start([
      { path: "/roomy", pool: "web", rateLimit: byUser(1_000) },
      { pool: "web", rateLimit: byUser(1) },
    ]);
    const client = await openClient(proxy.port);
    // A table holds seven keys at least, and each of these has used something.
    for (let user = 0; user < 20; user++) {
      for (const path of ["/roomy", "/"]) await client.request(get(path, `X-User: ${user}\r\n`));
    }
    expect(await counted(proxy, "evenkeel_rate_limit_evictions_total")).toEqual([
      ["routes[1]", "1/h", 13],
    ]);
  });

  test("count the requests that a concurrency limit had no room to count, by limit", async () => {
    const byUser = (maxKeys: number): unknown => ({ requests: 1, key: "header:x-user", maxKeys });
    const limits = [byUser(1), { requests: 100, key: "global" }];
    const backend = await startBackend();
    const proxy = await startTestProxy({
      backends: [backend.url],
      top: {
        admin: "127.0.0.1:0",
        workers: 1,
        routes: [{ pool: "web", concurrencyLimit: limits }],
      },
    });
    for (let user = 0; user < 20; user++) {
      (await openClient(proxy.port)).send(get("/", `X-User: ${user}\r\n`));
    }
    await backend.connection(19);
    expect(await counted(proxy, "evenkeel_concurrency_limit_uncounted_total")).toEqual([
      ["routes[0]", "header:x-user", 13],
    ]);
    (await openClient(proxy.port)).send(get("/", "X-User: 0\r\n"));
    await eventually("it is refused", () => proxy.records().length === 1);
    expect(await counted(proxy, "evenkeel_request_errors_total")).toEqual([
      ["web", "concurrency_limited", 1],
    ]);
  });
});
