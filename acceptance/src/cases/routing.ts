import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, mustEqual } from "../check.ts";
import { exchangeRaw, requestHead } from "../stage/raw-client.ts";
import { ask } from "../stage/ask.ts";
import type { Balancer, Settings, Stage } from "../stage/stage.ts";

export const routingCases: readonly AcceptanceCase[] = [
  caseOf("routing", "most-specific", {
    sentence:
      "host, path, method, header and query decide, the most specific route first, undecoded",
    check: checkRoutes,
  }),
  caseOf("routing", "rewrite", {
    sentence: "rewrites, redirects and header rules change what they say and nothing else",
    check: checkRewrites,
  }),
  caseOf("routing", "split", {
    sentence:
      "a split gives each client one arm for good, on every worker, and the arms their shares",
    check: checkSplit,
  }),
];

async function startPools(
  stage: Stage,
  names: readonly string[],
  routes: readonly Settings[],
): Promise<Balancer> {
  const backends = await Promise.all(names.map((name) => stage.backend(name)));
  const pools = backends.map(({ origin }, index) => {
    return [names[index], { healthCheck: false, backends: [origin] }] as const;
  });
  return await stage.proxy({ pools: Object.fromEntries(pools), routes });
}

/** Request line parts, Host and fields; and the backend that must answer, or a status. */
type Routed = readonly [
  method: string,
  target: string,
  host: string,
  fields: readonly string[],
  to: string | number,
];

const routed: readonly Routed[] = [
  ["GET", "/x", "api.test", [], "api"],
  ["GET", "/x", "API.Test:8080", [], "api"],
  ["GET", "/v2/x", "api.test", [], "v2"],
  ["GET", "/v2", "api.test", [], "v2"],
  ["GET", "/v20", "api.test", [], "api"],
  ["GET", "/v2%2Fx", "api.test", [], "api"],
  ["GET", "/x", "a.b.wild.test", [], "wild"],
  ["GET", "/x", "wild.test", [], 404],
  ["POST", "/upload", "any.test", [], "upload"],
  ["GET", "/upload", "any.test", [], 404],
  ["GET", "/x", "api.test", ["X-Tenant: acme"], "tenant"],
  ["GET", "/x?beta=1", "api.test", [], "beta"],
  ["GET", "/x?bet%61=1", "api.test", [], "api"],
  ["GET", "/x", "other.test", [], 404],
];

async function checkRoutes(stage: Stage): Promise<readonly Figure[]> {
  const names = ["api", "v2", "wild", "upload", "tenant", "beta"];
  const { port } = await startPools(stage, names, [
    { host: "api.test", pool: "api" },
    { host: "api.test", path: "/v2", pool: "v2" },
    { host: "*.wild.test", pool: "wild" },
    { path: "/upload", methods: ["POST"], pool: "upload" },
    { host: "api.test", headers: { "x-tenant": "acme" }, pool: "tenant" },
    { host: "api.test", query: { beta: { present: true } }, pool: "beta" },
  ]);
  for (const [method, target, host, fields, to] of routed) {
    const length = method === "POST" ? ["Content-Length: 0"] : [];
    const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...fields, ...length];
    const answer = await exchangeRaw(port, `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
    const got = answer.status === 200 ? answer.fields.get("x-backend") : answer.status;
    mustEqual(got, to, `where ${method} ${host}${target} ${fields.join()} goes`);
  }
  return [{ name: "requests", value: `${routed.length}` }];
}

async function checkRewrites(stage: Stage): Promise<readonly Figure[]> {
  const balancer = await startPools(
    stage,
    ["web"],
    [
      {
        path: "/files",
        pool: "web",
        rewrite: { stripPrefix: true },
        requestHeaders: { remove: ["Cookie"], set: { "X-Prefix": "/files" } },
        responseHeaders: { set: { "Cache-Control": "max-age=60" } },
      },
      { path: "/old", redirect: { to: "/new{rest}{query}", status: 308 } },
      { pool: "web" },
    ],
  );
  const answer = await ask(`${balancer.origin}/files/echo?q=%2F`, { headers: { cookie: "a=1" } });
  const echo = JSON.parse(answer.text) as {
    readonly target: string;
    readonly headers: readonly (readonly [string, string])[];
  };
  mustEqual(echo.target, "/echo?q=%2F", "the target at the backend");
  const names = echo.headers.map(([name]) => name.toLowerCase());
  mustEqual([names.includes("cookie"), names.includes("x-prefix")], [false, true], "its fields");
  mustEqual(answer.headers["cache-control"], "max-age=60", "the field of the response");
  const moved = await exchangeRaw(balancer.port, requestHead("GET", "/old/page?x=1"));
  mustEqual([moved.status, moved.fields.get("location")], [308, "/new/page?x=1"], "the redirect");
  return [{ name: "rules", value: "rewrite, headers, redirect" }];
}

async function checkSplit(stage: Stage): Promise<readonly Figure[]> {
  const split = [
    { pool: "stable", weight: 80 },
    { pool: "canary", weight: 20 },
  ];
  const routes = [{ split, splitBy: "header:x-user" }];
  const { origin } = await startPools(stage, ["stable", "canary"], routes);
  const users = Array.from({ length: 300 }, (_, index) => `user-${index}`);
  const armsOf = async (): Promise<readonly string[]> =>
    await Promise.all(
      users.map(async (user) => {
        const { headers } = await ask(origin, { headers: { "x-user": user } });
        return String(headers["x-backend"]);
      }),
    );
  const first = await armsOf();
  mustEqual(await armsOf(), first, "the arms at the second visit");
  const share = first.filter((arm) => arm === "canary").length / users.length;
  // Five standard deviations of 300 draws with 20 %.
  mustEqual(Math.abs(share - 0.2) < 0.116, true, `a canary share of ${share} near 0.2`);
  return [{ name: "canary", value: `${(share * 100).toFixed(1)} % of 300`, bound: "20 % ± 11.6" }];
}
