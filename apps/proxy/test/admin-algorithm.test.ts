import { describe, expect } from "vitest";
import { askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { type RawClient, openClient } from "./support/raw-client.ts";
import { type ProxySettings, type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

async function start(settings: Partial<ProxySettings> = {}, weights = [1, 1]): Promise<TestProxy> {
  const backends = [await startBackend(() => ok("one")), await startBackend(() => ok("two"))];
  return await startTestProxy({
    backends: backends.map(({ url }, index) => ({ url, id: `b${index}`, weight: weights[index] })),
    ...settings,
    top: { admin: "127.0.0.1:0", ...settings.top },
  });
}

async function change(proxy: TestProxy, body: unknown): Promise<readonly [number, unknown]> {
  const { status, text } = await askAdmin(proxy.running, "/admin/algorithm", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return [status, JSON.parse(text)];
}

async function answersOf(client: RawClient, count: number, user: string): Promise<string[]> {
  const bodies: string[] = [];
  for (let turn = 0; turn < count; turn++) {
    bodies.push((await client.request(get("/", `X-User: ${user}\r\n`))).body);
  }
  return bodies;
}

describe("POST /admin/algorithm", () => {
  test("changes how the next request is placed, and says what it was", async () => {
    const proxy = await start();
    const client = await openClient(proxy.port);
    expect(await answersOf(client, 4, "a")).toEqual(["one", "two", "one", "two"]);
    expect(await change(proxy, { algorithm: "first" })).toEqual([
      200,
      {
        pool: "web",
        algorithm: "first",
        previous: "round-robin",
        note: "it holds until other settings are loaded",
      },
    ]);
    expect(await answersOf(client, 4, "a")).toEqual(["one", "one", "one", "one"]);
    expect(proxy.strategyChanges).toEqual([{ pool: "web", from: "round-robin", to: "first" }]);
  });

  test("takes options, and a key that it hashes from then on", async () => {
    const proxy = await start();
    const client = await openClient(proxy.port);
    const algorithm = { type: "rendezvous", key: "header:x-user" };
    expect((await change(proxy, { pool: "web", algorithm }))[0]).toBe(200);
    const homes = new Set<string>();
    for (let user = 0; user < 16; user++) {
      const answers = new Set(await answersOf(client, 3, `user-${user}`));
      expect(answers.size).toBe(1);
      for (const answer of answers) homes.add(answer);
    }
    expect(homes).toEqual(new Set(["one", "two"]));
  });

  test("lets requests that run finish, and gives their counts back", async () => {
    const backend = await startBackend();
    const proxy = await startTestProxy({
      backends: [backend.url],
      pool: { strategy: "peak-ewma" },
      top: { admin: "127.0.0.1:0" },
    });
    const client = await openClient(proxy.port);
    client.send(get());
    const connection = await backend.connection();
    await connection.request();
    expect((await change(proxy, { algorithm: "least-connections" }))[0]).toBe(200);
    connection.send(ok("late"));
    expect((await client.response()).body).toBe("late");
    await proxy.untilQuiet();
  });

  test("reaches all workers", async () => {
    const proxy = await start({ top: { workers: 2 } });
    await change(proxy, { algorithm: "first" });
    const seen = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const client = await openClient(proxy.port);
      seen.add((await client.request(get())).body);
    }
    expect(seen).toEqual(new Set(["one"]));
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["an unknown name", { algorithm: "round-robbin" }, 'did you mean "round-robin"?'],
    ["an unknown pool", { algorithm: "random", pool: "wbe" }, 'did you mean "web"?'],
    ["an unknown option", { algorithm: { type: "random", salt: 1 } }, "salt"],
    ["no algorithm", { pool: "web" }, "expected"],
    ["a pool like no other", { algorithm: "random", pool: "zzz" }, "there are web"],
    ["an unknown key", { algorithm: "random", pol: "web" }, 'did you mean "pool"?'],
    ["a list", [], "expected"],
  ];
  for (const [what, body, said] of refused) {
    test(`refuses ${what} and changes nothing`, async () => {
      const proxy = await start();
      const [status, problem] = await change(proxy, body);
      expect(status).toBe(422);
      expect((problem as { detail: string }).detail).toContain(said);
      expect(proxy.strategyChanges).toEqual([]);
    });
  }

  test("refuses a strategy that would ignore the pool's weights", async () => {
    const proxy = await start({ pool: { strategy: "weighted-round-robin" } }, [3, 1]);
    const [status, problem] = await change(proxy, { algorithm: "round-robin" });
    expect([status, (problem as { detail: string }).detail]).toEqual([
      422,
      "round-robin ignores the weight; weighted-round-robin honours it",
    ]);
  });

  test("asks for the pool where there are several", async () => {
    const backends = ["http://127.0.0.1:1"];
    const pools = { a: { backends, healthCheck: false }, b: { backends, healthCheck: false } };
    const proxy = await start({ top: { pools, routes: [{ pool: "a" }] } });
    const [status, problem] = await change(proxy, { algorithm: "random" });
    expect(status).toBe(422);
    expect((problem as { detail: string }).detail).toContain("pools: a, b");
  });
});
