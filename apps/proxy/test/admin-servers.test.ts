import { describe, expect } from "vitest";
import { askAdmin, askHealth } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

async function start(): Promise<TestProxy> {
  const backends = [await startBackend(() => ok("one")), await startBackend(() => ok("two"))];
  return await startTestProxy({
    backends: backends.map(({ url }, index) => ({ url, id: `b${index}` })),
    top: { admin: "127.0.0.1:0" },
  });
}

async function patch(proxy: TestProxy, id: string, change: unknown): Promise<[number, unknown]> {
  const { status, text } = await askAdmin(proxy.running, `/api/v1/servers/${id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(change),
  });
  return [status, JSON.parse(text)];
}

describe("the servers of the admin API", () => {
  test("are listed and shown one by one", async () => {
    const proxy = await start();
    const { text } = await askAdmin(proxy.running, "/api/v1/servers");
    const { servers } = JSON.parse(text) as { servers: readonly unknown[] };
    expect(servers).toHaveLength(2);
    expect(servers[1]).toEqual({
      id: "web/b1",
      pool: "web",
      host: "127.0.0.1",
      port: expect.any(Number) as number,
      weight: 1,
      status: "healthy",
      active_connections: 0,
      requests_per_second: 0,
      avg_response_time_ms: null,
      reason: "no active check is configured",
    });
    const one = await askAdmin(proxy.running, "/api/v1/servers/web%2Fb1");
    expect(JSON.parse(one.text)).toEqual(servers[1]);
  });

  test("are drained and brought back", async () => {
    const proxy = await start();
    const [status, drained] = await patch(proxy, "web%2Fb0", {
      state: "drain",
      reason: "deploy 7",
    });
    expect([status, drained]).toMatchObject([200, { id: "web/b0", status: "draining" }]);
    expect((await askHealth(proxy.running))[0]).toMatchObject({ status: "draining" });
    expect((await askHealth(proxy.running))[0]?.reason).toContain("deploy 7");
    const client = await openClient(proxy.port);
    for (let turn = 0; turn < 4; turn++) {
      expect((await client.request(get())).body).toBe("two");
    }
    await patch(proxy, "web%2Fb0", { state: "maintenance" });
    expect((await askHealth(proxy.running))[0]).toMatchObject({ status: "maintenance" });
    await patch(proxy, "web%2Fb0", { state: "ready" });
    expect((await askHealth(proxy.running))[0]).toMatchObject({ status: "healthy" });
  });

  const explained: readonly (readonly [string, unknown, string])[] = [
    ["web%2Fb9", { state: "drain" }, 'there is no server "web/b9"; did you mean "web/b0"?'],
    ["web%2Fb0", { weigth: 3 }, 'unknown key "weigth"; did you mean "weight"?'],
    ["web%2Fb0", { state: "dran" }, 'state: did you mean "drain"?'],
    ["web%2Fb0", { state: "down" }, "state: there are ready, drain, maintenance"],
    ["web%2Fb0", { state: "drain", reason: "\u00fcber" }, "a reason is text of printable ASCII"],
  ];
  for (const [id, change, expected] of explained) {
    test(`say what is valid when ${id} is changed by ${JSON.stringify(change)}`, async () => {
      const [, problem] = await patch(await start(), id, change);
      expect((problem as { detail: string }).detail).toContain(expected);
    });
  }

  const refused: readonly (readonly [string, unknown, number])[] = [
    ["web%2Fb9", { state: "drain" }, 404],
    ["b0", { state: "drain" }, 404],
    ["%zz", { state: "drain" }, 404],
    ["web%2Fb0", { state: "down" }, 422],
    ["web%2Fb0", { state: "toString" }, 422],
    ["web%2Fb0", { reason: "why not" }, 422],
    ["web%2Fb0", { state: "drain", wieght: 3 }, 422],
    ["web%2Fb0", { state: "drain", weight: -1 }, 422],
    ["web%2Fb0", { state: "drain", reason: "a\nb" }, 422],
    ["web%2Fb0", { state: "drain", reason: "x".repeat(201) }, 422],
    ["web%2Fb0", [], 422],
    ["web%2Fb0", null, 422],
  ];
  for (const [id, change, expected] of refused) {
    test(`refuse to change ${id} by ${JSON.stringify(change)}: ${expected}`, async () => {
      const proxy = await start();
      const [status, problem] = await patch(proxy, id, change);
      expect([status, problem]).toMatchObject([expected, { status: expected }]);
      expect(proxy.healthChanges).toEqual([]);
    });
  }
});
