import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { jsonAnswer, problemAnswer } from "../src/admin/admin-answer.ts";
import { type AdminCall, Audit } from "../src/admin/audit.ts";
import { askAdmin } from "./support/admin-client.ts";
import { atEnd, test } from "./support/concurrent.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, startTestProxy } from "./support/run-proxy.ts";

const token = "correct-horse-battery-staple-0001";

async function start(admin: unknown): Promise<TestProxy> {
  return await startTestProxy({
    backends: [{ url: "http://127.0.0.1:1", id: "b0" }],
    top: { admin },
  });
}

async function change(
  proxy: TestProxy,
  method: "PATCH" | "POST",
  path: string,
  body: unknown,
  fields: Readonly<Record<string, string>> = {},
): Promise<number> {
  const headers = { "content-type": "application/json", ...fields };
  const { status } = await askAdmin(proxy.running, path, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  return status;
}

describe("the audit log", () => {
  test("has every change: who, what, before and after", async () => {
    const proxy = await start({ address: "127.0.0.1:0", token });
    const known = { authorization: `Bearer ${token}` };
    const path = "/api/v1/servers/web%2Fb0";
    await change(proxy, "PATCH", path, { state: "drain", reason: "deploy 7" }, known);
    await change(proxy, "POST", "/admin/algorithm", { algorithm: "random" }, known);
    const peer = expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string;
    const common = { peer, auth: "token", status: 200, outcome: "done", detail: null };
    expect(proxy.adminCalls).toEqual([
      {
        ...common,
        method: "PATCH",
        path,
        unwritten: 0,
        change: {
          subject: "server web/b0",
          from: { status: "healthy", weight: 1 },
          to: { status: "draining", weight: 1, reason: "deploy 7" },
        },
      },
      {
        ...common,
        method: "POST",
        path: "/admin/algorithm",
        unwritten: 0,
        change: { subject: "pool web", from: "round-robin", to: "random" },
      },
    ]);
  });

  test("has attempts that were refused, with why, and of strangers also those to read", async () => {
    const proxy = await start({ address: "127.0.0.1:0", token });
    const known = { authorization: `Bearer ${token}` };
    await change(proxy, "POST", "/admin/algorithm", { algorithm: "rnd" }, known);
    await change(proxy, "POST", "/admin/algorithm", { algorithm: "random" });
    await change(proxy, "POST", "/metrics", {}, known);
    await askAdmin(proxy.running, "/metrics?secret=1", { headers: { authorization: "Bearer x" } });
    await askAdmin(proxy.running, "/livez", { headers: { origin: "http://evil.test" } });
    const told = proxy.adminCalls.map(({ auth, method, path, status, outcome, change: done }) => {
      expect([outcome, done]).toEqual(["refused", null]);
      return [auth, method, path, status];
    });
    expect(told).toEqual([
      ["token", "POST", "/admin/algorithm", 422],
      ["none", "POST", "/admin/algorithm", 401],
      ["token", "POST", "/metrics", 405],
      ["none", "GET", "/metrics", 401],
      ["none", "GET", "/livez", 403],
    ]);
    expect(proxy.adminCalls[2]?.detail).toBe("this call takes GET, HEAD");
    expect(JSON.stringify(proxy.adminCalls)).not.toContain(token.slice(0, 8));
  });

  test("leaves reads alone", async () => {
    const proxy = await start("127.0.0.1:0");
    for (const path of ["/metrics", "/none", "/api/v1/servers/none"]) {
      await askAdmin(proxy.running, path);
    }
    expect(proxy.adminCalls).toEqual([]);
  });

  test("names callers of a unix socket so, who need no token", async () => {
    const folder = await mkdtemp(join(tmpdir(), "evenkeel-audit-"));
    atEnd(() => rm(folder, { recursive: true }));
    const proxy = await start(`unix:${folder}/admin.sock`);
    const client = await openClient(`${folder}/admin.sock`);
    const body = '{"algorithm":"random"}';
    await client.request(
      `POST /admin/algorithm HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(proxy.adminCalls).toMatchObject([{ peer: "unix", auth: "none", outcome: "done" }]);
  });
});

describe("a flood of refused calls", () => {
  function startAudit() {
    const calls: AdminCall[] = [];
    const time = { now: 0 };
    const audit = new Audit({
      hasToken: true,
      onCall: (call) => calls.push(call),
      clock: () => time.now,
    });
    const socket = { remoteAddress: "::1", remotePort: 7 };
    const request = (method: string, url: string): IncomingMessage =>
      ({ method, url, socket }) as unknown as IncomingMessage;
    return { audit, calls, time, request };
  }

  test("is written down up to twenty in ten seconds, and then as a number", async () => {
    const { audit, calls, time, request } = startAudit();
    const refused = problemAnswer(401, "a valid token is needed");
    for (let turn = 0; turn < 1_000; turn++) audit.record(request("POST", `/${turn}`), refused);
    expect(calls).toHaveLength(20);
    time.now = 10_000;
    audit.record(request("POST", "/later"), refused);
    expect(calls.slice(20)).toMatchObject([
      { path: "/999", unwritten: 979, peer: "[::1]:7" },
      { path: "/later", unwritten: 0 },
    ]);
    audit.close();
    expect(calls).toHaveLength(22);
  });

  test("is told to the last when nobody comes any more", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { audit, calls, request } = startAudit();
    const refused = problemAnswer(401, "a valid token is needed");
    for (let turn = 0; turn < 25; turn++) audit.record(request("GET", "/metrics"), refused);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    expect(calls).toHaveLength(21);
    expect(calls.at(-1)).toMatchObject({ unwritten: 4 });
  });

  test("hides no change", async () => {
    const { audit, calls, request } = startAudit();
    for (let turn = 0; turn < 100; turn++) {
      audit.record(request("POST", "/admin/algorithm"), problemAnswer(422, "unknown"));
      audit.record(request("POST", "/admin/algorithm"), jsonAnswer({}));
    }
    expect(calls.filter(({ outcome }) => outcome === "done")).toHaveLength(100);
    audit.close();
  });

  test("cannot write into the log what it likes", async () => {
    const { audit, calls, request } = startAudit();
    audit.record(request("POST", `/\u001b[2J\u00e4\n?x=1`), problemAnswer(404, "no"));
    audit.record(request("POST", `/${"x".repeat(5_000)}`), problemAnswer(404, "no"));
    expect(calls[0]?.path).toBe("/?[2J??");
    expect(calls[1]?.path).toHaveLength(200);
  });
});
