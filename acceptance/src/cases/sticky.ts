import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask } from "../stage/ask.ts";
import { originsOf } from "../stage/backend-group.ts";
import { loadTest } from "../stage/loadtest.ts";
import type { Stage } from "../stage/stage.ts";

/** What of `evenkeel loadtest sticky --json` is read. */
interface Document {
  readonly pass: boolean;
  readonly reasons: readonly string[];
  readonly victim: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly homes: Readonly<Record<string, number>>;
}

const secret = "an-acceptance-secret-of-thirty-two-chars";

/**
 * With the defaults the victim would be back only after half a minute, and nobody would learn more. A check waits
 * long: a dead backend refuses at once, and a living one on a busy machine must not count as dead.
 */
const quickReturn = `version: 1
pools:
  web:
    backends: [{ url: http://127.0.0.1:1, id: one }, { url: http://127.0.0.1:1, id: two }, { url: http://127.0.0.1:1, id: three }]
    healthCheck: { path: /health, interval: 300ms, fastInterval: 100ms, timeout: 10s }
    circuitBreaker: { resetTimeout: 500ms }
    slowStart: off
    sticky: { secret: ${secret} }
`;

export const stickyCases: readonly AcceptanceCase[] = [
  caseOf("sticky", "restart", {
    sentence:
      "every session sticks through two workers and kill -9 of a backend; only the victim's move, once, for good",
    limitMs: 90_000,
    check: checkRestart,
  }),
  caseOf("sticky", "cookie", {
    sentence:
      "the cookie is signed, names no address, and is HttpOnly, SameSite=Lax and limited in time",
    check: checkCookie,
  }),
  caseOf("sticky", "forged", {
    sentence: "a forged, foreign or broken cookie is ignored, never an error, and a new one is set",
    check: checkForged,
  }),
];

async function checkRestart(stage: Stage): Promise<readonly Figure[]> {
  const sessions = 200;
  const visits = 9;
  const size = ["--sessions", String(sessions), "--visits", String(visits), "--connections", "20"];
  const config = await stage.writeFile("evenkeel.yaml", quickReturn);
  const command = ["sticky", "--config", config, ...size, "--workers", "2"];
  const { code, document } = await loadTest<Document>(stage, command);
  mustEqual([code, document.reasons], [0, []], "the load tester's verdict");
  const { counts, homes, victim } = document;
  const bad = ["failed", "unnamed", "strayed", "movedOften", "notMoved", "withoutCookie"];
  for (const name of bad) mustEqual(counts[name], 0, `sessions or requests: ${name}`);
  mustEqual(counts["requests"], sessions * visits, "requests");
  mustEqual(counts["movedOnce"], homes[victim], "the victim's sessions that moved once");
  return [
    { name: "sessions", value: `${sessions} × ${visits} requests` },
    { name: "strayed", value: "0", bound: "0" },
    { name: "moved once", value: `${counts["movedOnce"]}`, bound: `the victim's ${homes[victim]}` },
  ];
}

async function checkCookie(stage: Stage): Promise<readonly Figure[]> {
  const backends = await stage.backends(2);
  const sticky = { cookie: "X-LB-Backend", ttl: "1h", secret };
  const { origin } = await stage.proxyFor(originsOf(backends), { sticky });
  const first = await ask(origin);
  const [cookie = ""] = [first.headers["set-cookie"] ?? []].flat();
  mustMatch(cookie, /^X-LB-Backend=[\w.~+/=-]+(?:;|$)/, "the cookie");
  for (const attribute of [
    /; HttpOnly/i,
    /; SameSite=Lax/i,
    /; Max-Age=3600(;|$)/i,
    /; Path=\//i,
  ]) {
    mustMatch(cookie, attribute, "the cookie");
  }
  const value = cookie.slice(cookie.indexOf("=") + 1).split(";")[0] ?? "";
  const told = [value, Buffer.from(value, "base64url").toString("latin1")].join(" ");
  for (const { port } of backends) {
    must(!told.includes(String(port)), `the cookie names a port of a backend: ${told}`);
  }
  must(!told.includes("127.0.0.1"), `the cookie names an address: ${told}`);
  must(!/; Secure/i.test(cookie), `a cookie over plain HTTP is Secure: ${cookie}`);
  return [{ name: "cookie", value: `${cookie.length} characters` }];
}

async function checkForged(stage: Stage): Promise<readonly Figure[]> {
  const backends = await stage.backends(2);
  const sticky = { cookie: "X-LB-Backend", secret };
  const { origin } = await stage.proxyFor(originsOf(backends), { sticky });
  const first = await ask(origin);
  const [cookie = ""] = [first.headers["set-cookie"] ?? []].flat();
  const value = (cookie.split(";")[0] ?? "").split("=").slice(1).join("=");
  const flipped = value.slice(0, -1) + (value.endsWith("A") ? "B" : "A");
  const home = String(first.headers["x-backend"]);
  for (let turn = 0; turn < 6; turn++) {
    const again = await ask(origin, { headers: { cookie: `X-LB-Backend=${value}` } });
    mustEqual([again.status, again.headers["x-backend"]], [200, home], "the true cookie's backend");
  }
  const forged = ["", "x", "127.0.0.1:80", "a".repeat(4_000), `${value}x`, flipped, "%00%ff"];
  for (const one of forged) {
    const answer = await ask(origin, { headers: { cookie: `X-LB-Backend=${one}` } });
    mustEqual(answer.status, 200, `the status with the cookie ${JSON.stringify(one.slice(0, 40))}`);
    const isNew = answer.headers["set-cookie"] !== undefined;
    must(isNew, `no new cookie for ${JSON.stringify(one.slice(0, 40))}`);
  }
  return [{ name: "ignored", value: `${forged.length} forged cookies` }];
}
