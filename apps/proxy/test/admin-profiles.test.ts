import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { request } from "undici";
import { describe, expect } from "vitest";
import type { CpuProfile } from "../src/profiling/v8-profile.ts";
import { adminPort, askAdmin } from "./support/admin-client.ts";
import { test } from "./support/concurrent.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, startTestProxy } from "./support/run-proxy.ts";

const admin = "127.0.0.1:0";
const cpu = "/debug/pprof/profile";
const heap = "/debug/pprof/heap";

async function start(workers: number, top: Readonly<Record<string, unknown>> = {}) {
  const backend = await startBackend(() => ok());
  return await startTestProxy({
    backends: [backend.url],
    listener: { limits: { requestsPerConnection: 0 } },
    top: { admin, workers, ...top },
  });
}

interface Download {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

async function download(proxy: TestProxy, path: string): Promise<Download> {
  const { statusCode, headers, body } = await request(
    `http://127.0.0.1:${adminPort(proxy.running)}${path}`,
  );
  return { status: statusCode, headers, bytes: Buffer.from(await body.arrayBuffer()) };
}

/** Function names and thread labels of a pprof profile. */
function read({ bytes }: Download): { readonly names: Set<string>; readonly threads: Set<string> } {
  const { function: functions, sample, stringTable } = Profile.decode(gunzipSync(bytes));
  const text = (place: number | bigint): string => stringTable.strings[Number(place)] ?? "";
  const names = new Set(functions.map(({ name }) => text(name)));
  const threads = new Set(sample.flatMap(({ label }) => label.map(({ str }) => text(str))));
  return { names, threads };
}

/** Whether a function of a request's path was caught at work; which one is chance. */
function isServing(names: ReadonlySet<string>): boolean {
  return ["handleRequest", "startAttempt", "responseHead", "finishResponse"].some((name) =>
    names.has(name),
  );
}

/** Asks for as long as `until` runs. */
async function withLoad<Result>(proxy: TestProxy, until: Promise<Result>): Promise<Result> {
  const state = { isOver: false };
  const clients = await Promise.all(Array.from({ length: 4 }, () => openClient(proxy.port)));
  const load = clients.map(async (client) => {
    while (!state.isOver) await client.request(get());
  });
  const result = await until;
  state.isOver = true;
  await Promise.all(load);
  return result;
}

describe("a CPU profile", () => {
  test("shows what control plane and workers do, without stopping them", async () => {
    const proxy = await start(2);
    const taken = await withLoad(proxy, download(proxy, `${cpu}?seconds=1`));
    expect(taken.status).toBe(200);
    expect(taken.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="evenkeel-cpu.pb.gz"',
    });
    let { names, threads } = read(taken);
    // A second on a busy machine may hold a few samples only.
    while (!isServing(names)) {
      ({ names, threads } = read(await withLoad(proxy, download(proxy, `${cpu}?seconds=1`))));
    }
    expect([...threads].filter((thread) => thread.startsWith("worker-")).length).toBeGreaterThan(0);
    expect(names).not.toContain("(idle)");
  });

  test("of one thread is of that thread, also as devtools read it", async () => {
    const proxy = await start(2);
    const one = await withLoad(proxy, download(proxy, `${cpu}?seconds=0.5&thread=control`));
    expect([...read(one).threads]).toEqual(["control"]);
    const path = `${cpu}?seconds=0.3&thread=worker-1&format=devtools`;
    const { headers, bytes } = await withLoad(proxy, download(proxy, path));
    expect(headers["content-disposition"]).toContain("evenkeel-worker-1.cpuprofile");
    const { nodes, samples, timeDeltas } = JSON.parse(String(bytes)) as CpuProfile;
    expect(nodes.length).toBeGreaterThan(0);
    expect(timeDeltas).toHaveLength(samples.length);
  });

  test("is there without workers", async () => {
    const proxy = await start(0);
    const take = async (): Promise<Download> =>
      await withLoad(proxy, download(proxy, `${cpu}?seconds=0.5`));
    let { threads, names } = read(await take());
    while (!isServing(names)) ({ threads, names } = read(await take()));
    expect([...threads]).toEqual(["control"]);
  });
});

test("a heap profile shows where what is kept was allocated, and nothing of its content", async () => {
  const proxy = await start(1);
  const taking = download(proxy, `${heap}?seconds=1.5`);
  const secret = "not-to-be-seen-in-a-profile";
  const clients = await Promise.all(Array.from({ length: 200 }, () => openClient(proxy.port)));
  for (const client of clients) await client.request(get("/", `X-Secret: ${secret}\r\n`));
  const taken = await taking;
  const { threads } = read(taken);
  expect([...threads]).toContain("worker-0");
  expect(gunzipSync(taken.bytes).includes(secret)).toBe(false);
});

describe("profiles", () => {
  test("cannot be made to be taken by another page, and are in the audit log", async () => {
    const proxy = await start(1);
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const path = `${cpu}?seconds=0.1`;
    expect((await askAdmin(proxy.running, path, { headers })).status).toBe(403);
    expect((await download(proxy, path)).status).toBe(200);
    expect(proxy.adminCalls).toMatchObject([
      { path: cpu, status: 403, outcome: "refused" },
      {
        path: cpu,
        status: 200,
        outcome: "done",
        change: { subject: "cpu profile", to: "0.1 s of control, worker-0" },
      },
    ]);
  });

  test("are for those who have the token", async () => {
    const token = "correct-horse-battery-staple-0001";
    const proxy = await start(0, { admin: { address: admin, token } });
    for (const path of [cpu, heap]) expect((await askAdmin(proxy.running, path)).status).toBe(401);
  });
});
