import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { request } from "undici";
import { expect, test } from "vitest";
import type { Config } from "./evenkeel.ts";
import { eventually } from "./eventually.ts";
import { findFreePort } from "./free-port.ts";
import { runInProcess } from "./in-process.ts";
import { startBackends } from "./local-servers.ts";
import { isRefused } from "./raw-client.ts";
import { ReloadingBalancer } from "./reloading-balancer.ts";
import { SteadyLoad } from "./steady-load.ts";
import { patternSha256 } from "./transfers.ts";
import { openWebSocket, startWebSocketEcho } from "./web-socket-echo.ts";

const healthCheck = { path: "/health", interval: "200ms" };

function poolOf(origins: readonly string[], more: Config = {}): Config {
  return { pools: { web: { backends: origins, healthCheck, ...more } } };
}

/** Reads /bytes slowly: a piece for each `turn` event as long as `isOver` says no; then the rest. */
async function slowDownload(
  url: string,
  turns: EventEmitter,
  isOver: () => boolean,
): Promise<{ readonly sha256: string; readonly receivedWhile: number }> {
  const { body } = await request(url);
  const hash = createHash("sha256");
  let receivedWhile = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    hash.update(piece);
    if (isOver()) continue;
    receivedWhile += piece.length;
    await once(turns, "turn");
  }
  return { sha256: hash.digest("hex"), receivedWhile };
}

const reloads = 30;

test(`${reloads} reloads under load fail no request, and a WebSocket and a download live through them`, async () => {
  const backends = await startBackends(4);
  const origins = backends.map(({ origin }) => origin);
  const extraPort = await findFreePort();
  const listeners = [{ address: "127.0.0.1:0" }, { address: `127.0.0.1:${extraPort}` }];
  // Far more than what the buffers on the way hold.
  const length = 50_000_000;
  // The first backend stays and has the long requests; the others come and go.
  const sockets = { backends: [(await startWebSocketEcho()).origin], healthCheck: false };
  const toSockets = { path: "/ws", pool: "sockets" };
  const at = (turn: number): Config => ({
    pools: {
      web: {
        backends: [origins[0], origins[1 + (turn % 3)]],
        healthCheck,
        timeouts: { response: `${10 + turn}s` },
        strategy: turn % 2 === 0 ? "round-robin" : "least-connections",
      },
      sockets: { ...sockets, timeouts: { response: `${10 + turn}s` } },
    },
    listeners: listeners.slice(0, 1 + (turn % 2)),
    routes: [toSockets, ...(turn % 2 === 0 ? [] : [{ path: "/v2", pool: "web" }]), { pool: "web" }],
  });
  const proxy = await ReloadingBalancer.start({
    pools: { web: { backends: origins.slice(0, 1), healthCheck }, sockets },
    routes: [toSockets, { pool: "web" }],
    listeners: listeners.slice(0, 1),
  });
  const { origin } = proxy.balancer;
  const socket = await openWebSocket(origin);
  let isOver = false;
  const turns = new EventEmitter();
  const download = slowDownload(`${origin}/bytes/${length}`, turns, () => isOver);
  const load = new SteadyLoad(origin);
  await load.more(50);
  for (let turn = 0; turn < reloads; turn++) {
    await proxy.write(at(turn));
    if (turn % 2 === 0) proxy.balancer.program.kill("SIGHUP");
    else
      expect(await proxy.reload()).toMatchObject({ status: 200, body: { generation: turn + 2 } });
    await proxy.inForce(turn + 2);
    await load.more(10);
    turns.emit("turn");
    if (turn % 10 !== 0) continue;
    expect(await socket.say(`turn ${turn}`)).toBe(`turn ${turn}`);
    // A backend that comes is checked before it serves; each of the three has such a turn.
    await eventually(() => load.answeredBy(`Server-${2 + (turn % 3)}`) > 0);
  }
  isOver = true;
  turns.emit("turn");
  expect(await socket.say("still here")).toBe("still here");
  const { completed, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(completed).toBeGreaterThan(10 * reloads);
  const { sha256, receivedWhile } = await download;
  expect(receivedWhile).toBeLessThan(length);
  expect(sha256).toBe(patternSha256(length));
  socket.close();
  proxy.balancer.program.kill("SIGTERM");
  expect((await proxy.balancer.program.ended).code).toBe(0);
}, 240_000);

test("what is known of backends that stay is kept: health, an ejection, latency, an operator's word", async () => {
  const backends = await startBackends(3);
  const origins = backends.map(({ origin }) => origin);
  const proxy = await ReloadingBalancer.start(
    poolOf(origins, { strategy: "peak-ewma", healthCheck: { path: "/health", interval: "1h" } }),
  );
  const ids = origins.map((origin) => origin.replace("http://", ""));
  const server = (index: number): string =>
    `/api/v1/servers/${encodeURIComponent(`web/${ids[index]}`)}`;
  for (let turn = 0; turn < 20; turn++)
    await request(proxy.balancer.origin).then(({ body }) => body.dump());
  await proxy.ask("PATCH", server(1), { state: "drain", reason: "kernel update" });
  let before: unknown = null;
  await eventually(async () => {
    before = (await proxy.ask("GET", "/admin/health")).body;
    return !JSON.stringify(before).includes('"lastCheck":null');
  });
  await proxy.write(
    poolOf(origins, {
      strategy: "peak-ewma",
      healthCheck: { path: "/health", interval: "1h" },
      timeouts: { response: "9s" },
    }),
  );
  expect((await proxy.reload()).body).toMatchObject({
    generation: 2,
    changes: ["pools.web.timeouts.response: 30s → 9s"],
  });
  const after = (await proxy.ask("GET", "/admin/health")).body;
  expect(withoutDates(after)).toEqual(withoutDates(before));
  datesOf(after).forEach((date, index) => {
    // Worked out from the monotonic clock at each call.
    expect(Math.abs(date - (datesOf(before)[index] ?? 0))).toBeLessThan(100);
  });
  expect(JSON.stringify(after)).toContain("kernel update");
});

test("a file with mistakes is refused with all of them, and the old one serves on", async () => {
  const [backend] = await startBackends(1);
  const origin = backend?.origin ?? "";
  const proxy = await ReloadingBalancer.start(poolOf([origin]));
  await proxy.write({
    pools: { web: { backends: [origin, "ftp://x"], strateggy: "random" } },
    routes: [{ pool: "wbe" }],
  });
  const answer = await proxy.reload();
  expect(answer.status).toBe(422);
  const errors = answer.body["errors"] as readonly {
    readonly path: string;
    readonly line: number;
  }[];
  expect(errors.map(({ path }) => path)).toEqual([
    "pools.web.backends[1]",
    "pools.web.strateggy",
    "routes[0].pool",
  ]);
  expect(errors.every(({ line }) => line === 1)).toBe(true);
  expect(answer.body["detail"]).toContain('did you mean "strategy"?');
  expect(answer.body["detail"]).toContain("generation 1 is in force");
  const served = await request(proxy.balancer.origin);
  expect([served.statusCode, await served.body.text()]).toEqual([200, expect.anything()]);
  proxy.balancer.program.kill("SIGHUP");
  const line = await proxy.balancer.program.jsonLine(
    ({ by, problems }) => by === "SIGHUP" && Array.isArray(problems),
  );
  expect(line["problems"]).toHaveLength(3);
});

test("a listener that comes serves, and one that goes refuses", async () => {
  const [backend] = await startBackends(1);
  const pool = poolOf([backend?.origin ?? ""]);
  const port = await findFreePort();
  const one = { address: "127.0.0.1:0" };
  const proxy = await ReloadingBalancer.start({ ...pool, listeners: [one] });
  await proxy.write({ ...pool, listeners: [one, { address: `127.0.0.1:${port}` }] });
  expect((await proxy.reload()).body["changes"]).toEqual([`listeners: +127.0.0.1:${port}`]);
  const there = await request(`http://127.0.0.1:${port}`);
  expect(there.statusCode).toBe(200);
  await there.body.dump();
  await proxy.write({ ...pool, listeners: [one] });
  expect((await proxy.reload()).body["changes"]).toEqual([`listeners: −127.0.0.1:${port}`]);
  await eventually(() => isRefused(port));
  expect((await request(proxy.balancer.origin)).statusCode).toBe(200);
});

test("with --watch a file that is replaced comes into force by itself", async () => {
  const [one, other] = await startBackends(2);
  const proxy = await ReloadingBalancer.start(poolOf([one?.origin ?? ""]), ["--watch"]);
  await proxy.replace(poolOf([other?.origin ?? ""]));
  await proxy.inForce(2);
  const { headers, body } = await request(proxy.balancer.origin);
  await body.dump();
  expect(headers["x-backend"]).toBe("Server-2");
});

test("--watch without a file is wrong usage", async () => {
  const { code, stderr } = await runInProcess("proxy", "--backends", "http://a", "--watch");
  expect([code, stderr]).toEqual([2, expect.stringContaining("--watch needs --config FILE")]);
});

const isoDate = /\d{4}-[\d-]+T[\d:.]+Z/g;

function withoutDates(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(isoDate, "a date"));
}

function datesOf(value: unknown): readonly number[] {
  return (JSON.stringify(value).match(isoDate) ?? []).map((text) => Date.parse(text));
}
