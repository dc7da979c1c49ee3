import { describe, expect, test } from "vitest";
import { Profiler } from "../../profiling/profiler.ts";
import type { AdminAnswer } from "../admin-answer.ts";
import type { AdminContext, AdminRequest } from "../admin-route.ts";
import { cpuProfile, heapProfile } from "./profiles.ts";

/** Asks for profiles of this thread. */
function startAsking() {
  const profiler = new Profiler(() => []);
  const context = { profiler } as unknown as AdminContext;
  return async (query: string, route = cpuProfile, signal = new AbortController().signal) => {
    const request: AdminRequest = {
      query,
      id: "",
      accept: undefined,
      ifMatch: undefined,
      body: undefined,
      signal,
    };
    return await route.answer(context, request);
  };
}

function detailOf({ body }: AdminAnswer): unknown {
  return (JSON.parse(String(body)) as { readonly detail?: unknown }).detail;
}

describe("a profile", () => {
  test("is the only one while it is taken, of whatever kind", async () => {
    const ask = startAsking();
    const first = ask("seconds=0.2");
    for (const route of [cpuProfile, heapProfile]) {
      const { status, headers } = await ask("seconds=0.1", route);
      expect([status, headers]).toEqual([429, { "Retry-After": "1" }]);
    }
    expect((await first).status).toBe(200);
    expect((await ask("seconds=0.1", heapProfile)).status).toBe(200);
  });

  test("ends when nobody waits for it, and leaves room for the next one", async () => {
    const ask = startAsking();
    const leaving = new AbortController();
    const abandoned = ask("seconds=60", cpuProfile, leaving.signal);
    const waiting = Number((await ask("seconds=0.1")).headers["Retry-After"]);
    expect(waiting).toBeGreaterThan(1);
    expect(waiting).toBeLessThanOrEqual(60);
    leaving.abort();
    await expect(abandoned).rejects.toThrow("nobody waits for the profile");
    expect((await ask("seconds=0.1")).status).toBe(200);
  });

  test("of threads that have ended says so", async () => {
    const context = {
      profiler: {
        threads: ["worker-0"],
        busyMs: null,
        take: async () => ({ startedAtMs: 1, durationMs: 1, threads: [] }),
      },
    } as unknown as AdminContext;
    const { signal } = new AbortController();
    const query = "thread=worker-0&format=devtools";
    const request: AdminRequest = {
      query,
      id: "",
      accept: undefined,
      ifMatch: undefined,
      body: undefined,
      signal,
    };
    expect((await cpuProfile.answer(context, request)).status).toBe(503);
  });
});

test.each([
  ["seconds=0", "seconds goes from 0.1 to 60"],
  ["seconds=61", "seconds goes from 0.1 to 60"],
  ["seconds=-1", "seconds goes from 0.1 to 60"],
  ["seconds=1e1", "seconds goes from 0.1 to 60"],
  ["seconds=", "seconds goes from 0.1 to 60"],
  ["thread=worker-9", "the threads are control"],
  ["format=svg", "format is pprof or devtools"],
  ["format=devtools", "format=devtools takes one thread: control"],
  ["second=1", "the parameters are seconds, thread, format"],
])("%s is refused: %s", async (query, detail) => {
  const answer = await startAsking()(query);
  expect([answer.status, detailOf(answer)]).toEqual([422, detail]);
});
