import type { RequestListener } from "node:http";
import { expect, test } from "vitest";
import { startHttp } from "../../test/servers.ts";
import type { SystemUnderTest } from "../failover/system/system-under-test.ts";
import { plain } from "../print/paint.ts";
import { renderSticky } from "./report.ts";
import { runSticky, type StickyPlan } from "./run-sticky.ts";

const backends = 3;
/** A multiple of the number of backends: turns come round to the same one for the same session. */
const plan: StickyPlan = {
  sessions: 60,
  visits: 6,
  connections: 1,
  path: "/",
  timeoutMs: 10_000,
  backendHeader: "X-Backend",
  breaks: false,
};

/** A balancer and its backends in one, of which nobody keeps a ledger. */
async function systemOf(balancer: RequestListener): Promise<SystemUnderTest> {
  const { url } = await startHttp(balancer);
  const unknown = { balancer: undefined, backends: undefined, events: undefined };
  return {
    url,
    backends: [],
    backendCount: backends,
    settings: undefined,
    onRecord: () => {},
    collect: async () => unknown,
    dispose: async () => {},
  };
}

const hooks = { signal: new AbortController().signal, onProgress: (): void => {} };

test("a balancer that gives cookies, ignores them and takes turns does not pass", async () => {
  let requests = 0;
  const system = await systemOf((_request, response) => {
    const turn = requests++;
    response.setHeader("Set-Cookie", `turn=${turn}`);
    response.setHeader("X-Backend", `Server-${turn % backends}`);
    response.end();
  });
  const { verdict } = await runSticky(plan, system, hooks);
  expect(verdict.pass).toBe(false);
  expect(verdict.counts.strayed).toBeGreaterThan(plan.sessions / 2);
});

test("a balancer that heeds its cookies passes", async () => {
  let sessions = 0;
  const system = await systemOf((request, response) => {
    const cookie = request.headers.cookie ?? `home=${sessions++ % backends}`;
    if (request.headers.cookie === undefined) response.setHeader("Set-Cookie", cookie);
    response.setHeader("X-Backend", cookie);
    response.end();
  });
  const { verdict } = await runSticky(plan, system, hooks);
  expect(verdict).toMatchObject({ pass: true, reasons: [], counts: { failed: 0, strayed: 0 } });
});

test.each([
  [null, null, "nothing was broken"],
  [1000, null, "Server-1 was killed\n"],
  [1000, 2000, "Server-1 was killed and restarted\n"],
])("killed at %o and restarted at %o, an interrupted run says so", async (kill, restart, text) => {
  const system = await systemOf((_request, response) => void response.end());
  const run = await runSticky({ ...plan, sessions: 1 }, system, hooks);
  const times = { victim: "Server-1", killedAtMs: kill, restartedAtMs: restart, partial: true };
  expect(renderSticky({ ...run, ...times }, plain)).toContain(text);
});
