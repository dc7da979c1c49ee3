import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Explanation } from "../src/explain/explanation.ts";
import { explanationSchema } from "../src/explain/explanation-schema.ts";
import { askAdmin } from "./support/admin-client.ts";
import { status, value } from "./support/message.ts";
import { ok, startBackend } from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, startTestProxy } from "./support/run-proxy.ts";

/*
 * Whatever is asked: what explain foretells is what then happens, from the answer's status to the last field
 * that the backend is sent. A rule that explain forgets or describes wrongly fails here.
 */

const secret = "0123456789abcdef0123456789abcdef";

const listeners = [{ address: "127.0.0.1:0", statusPath: "/lb-status" }];
const routes = [
  {
    host: "a.test",
    path: "/v1",
    methods: ["GET", "POST"],
    pool: "web",
    rewrite: { stripPrefix: true },
  },
  { host: "a.test", path: { exact: "/v1/x" }, headers: { "x-a": "1" }, pool: "hashed" },
  {
    host: "*.a.test",
    query: { q: { present: true } },
    redirect: { to: "https://{host}{path}{query}" },
  },
  {
    path: { regex: "^/(v1|v2)/[a-z]+$" },
    pool: "hashed",
    requestHeaders: { set: { "X-B": "set" }, remove: ["x-a"] },
  },
  {
    host: "b.test",
    split: ["web", "hashed"].map((pool) => ({ pool, weight: 1 })),
    splitBy: "header:x-user",
  },
  { path: "/closed", pool: "web", deny: ["127.0.0.0/8"] },
  { path: "/v2", pool: "sticky", rewrite: { host: "inner.test" } },
];

interface Asked {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
}

const anyAsked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "OPTIONS", "HEAD"),
  host: fc.constantFrom("a.test", "A.test:80", "x.a.test", "b.test", "c.test", "bad host"),
  path: fc.constantFrom(
    "/v1",
    "/v1/x",
    "/lb-status?x",
    "/v1/X?q=1",
    "/v2/abc",
    "/v2",
    "/closed/x",
    "/v1/../x",
    "/",
    "/v1x",
    "/%2Fv1?q",
  ),
  headers: fc.uniqueArray(
    fc.oneof(
      fc.constantFrom<readonly [string, string]>(
        ["x-a", "1"],
        ["x-a", "2"],
        ["cookie", "X-LB-Backend=nonsense; k=v"],
        ["x-forwarded-for", "192.0.2.1"],
        ["via", "1.1 other"],
        ["max-forwards", "0"],
        ["connection", "x-a"],
        ["transfer-encoding", "nonsense"],
      ),
      fc.nat(5).map((user): readonly [string, string] => ["x-user", String(user)]),
    ),
    { maxLength: 4, selector: ([name]) => name },
  ),
});

async function explain(proxy: TestProxy, asked: Asked): Promise<Explanation> {
  const { status: code, text } = await askAdmin(proxy.running, "/api/v1/explain", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(asked),
  });
  expect([code, text]).toEqual([200, text]);
  return explanationSchema.parse(JSON.parse(text));
}

/** The backend's id and the lines that it was sent, without the id that every request has of its own. */
interface Received {
  readonly backend: string;
  readonly head: readonly string[];
}

async function start(): Promise<{ proxy: TestProxy; received: Received[] }> {
  const received: Received[] = [];
  const named = async (id: string): Promise<{ id: string; url: string }> => {
    const backend = await startBackend(({ line, head }) => {
      received.push({ backend: id, head: withoutId(head.split("\r\n")) });
      return line.startsWith("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : ok("ok");
    });
    return { id, url: backend.url };
  };
  const pool = async (name: string, settings: object): Promise<object> => {
    const backends = [await named(`${name}-1`), await named(`${name}-2`), await named(`${name}-3`)];
    return { backends, healthCheck: false, ...settings };
  };
  const pools = {
    web: await pool("web", {}),
    hashed: await pool("hashed", { strategy: { type: "maglev", key: "header:x-user" } }),
    sticky: await pool("sticky", { sticky: { secret } }),
  };
  const top = { admin: "127.0.0.1:0", listeners, pools, routes };
  return { proxy: await startTestProxy({ top }), received };
}

function withoutId(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line !== "" && !/^x-request-id:/i.test(line));
}

function textOf({ method, host, path, headers }: Asked): string {
  const lines = headers.map(([name, text]) => `${name}: ${text}\r\n`).join("");
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`;
}

test("what explain foretells is what happens, to the last field that a backend is sent", async () => {
  const { proxy, received } = await start();
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyAsked, async (asked) => {
      const { outcome, forwarded } = await explain(proxy, asked);
      outcomes.add(outcome.kind);
      received.length = 0;
      const client = await openClient(proxy.port);
      const kind = asked.method === "HEAD" ? "bodyless-response" : "response";
      const response = await client.request(textOf(asked), kind);
      if (outcome.kind === "forward") {
        expect(status(response)).toBe(200);
        expect(outcome.backends.map(({ backend }) => backend)).toContain(received[0]?.backend);
        expect(received[0]?.head).toEqual(withoutId(forwarded?.head ?? []));
        return;
      }
      expect(received).toEqual([]);
      expect(status(response)).toBe("status" in outcome ? outcome.status : 0);
      if (outcome.kind === "redirect") {
        expect(value(response, "location")).toBe(outcome.location);
      }
    }),
    { numRuns: 300, seed: 6 },
  );
  expect(outcomes).toEqual(new Set(["forward", "refuse", "redirect", "answer"]));
});
