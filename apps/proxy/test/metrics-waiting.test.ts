import { expect } from "vitest";
import { scrape } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { eventually } from "./support/peer.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { get, startTestProxy } from "./support/run-proxy.ts";

test("requests that wait for room are a metric, and gone from it when they are served", async () => {
  const backend = await startBackend();
  const proxy = await startTestProxy({
    backends: [backend.url],
    pool: { limits: { inFlightPerBackend: 1, queueTimeout: "30s" } },
    top: { admin: "127.0.0.1:0" },
  });
  const waiting = async (): Promise<number | undefined> =>
    (await scrape(proxy.running)).get("evenkeel_pool_waiting_requests")?.series[0]?.value;
  const clients = await Promise.all([1, 2, 3].map(() => openClient(proxy.port)));
  for (const client of clients) client.send(get());
  let seen: number | undefined;
  while (seen !== 2) seen = await waiting();

  const connection = await backend.connection();
  backend.answer = () => ok();
  connection.send(ok());
  await eventually("all are answered", () => clients.every(({ received }) => received !== ""));
  expect(await waiting()).toBe(0);
});
