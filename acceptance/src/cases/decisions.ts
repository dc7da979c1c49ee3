/* What is said of requests before they are sent: explain, the dry run of a configuration, and the library. */
import { fileURLToPath } from "node:url";
import { readFile } from "node:fs/promises";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask, askJson } from "../stage/ask.ts";
import type { Settings, Stage } from "../stage/stage.ts";

export const decisionCases: readonly AcceptanceCase[] = [
  caseOf("commands", "explain", {
    sentence:
      "explain names the backend that the next request really gets, and sends and counts nothing",
    check: checkExplain,
  }),
  caseOf("commands", "explain-config", {
    sentence:
      "explain says of a configuration that does not run which route matches, and why others do not",
    check: checkExplainConfig,
  }),
  caseOf("commands", "dry-run", {
    sentence: "check --replay says of a real access log what another configuration would change",
    check: checkDryRun,
  }),
  caseOf("commands", "library", {
    sentence:
      "the example of the library balances inside a program, and the program ends by itself",
    check: checkLibrary,
  }),
];

const turns = 6;

async function checkExplain(stage: Stage): Promise<readonly Figure[]> {
  const backends = await stage.backends(3);
  const admin = { admin: "127.0.0.1:0" };
  const named = backends.map(({ origin: url }, index) => ({ url, id: `Server-${index + 1}` }));
  const { origin, adminOrigin } = await stage.proxyFor(named, {}, admin);
  for (let turn = 0; turn < turns; turn++) {
    const command = ["explain", "--admin", adminOrigin, "GET", "http://a.test/x"];
    const { code, stdout, stderr } = await stage.run(command);
    mustEqual([code, stderr], [0, ""], "the end of explain");
    const [, told] = /^=> web\/(\S+)$/m.exec(stdout) ?? [];
    const { headers } = await ask(`${origin}/x`);
    mustEqual(told, headers["x-backend"], "the backend that explain named before");
  }
  const { json } = await askJson(`${adminOrigin}/api/v1/metrics`);
  mustEqual(json["total_requests"], turns, "requests that the balancer counted");
  return [{ name: "right", value: `${turns} of ${turns}` }];
}

const explained = `pools:
  web: { backends: ["http://127.0.0.1:8081"] }
  api: { backends: ["http://127.0.0.1:8083"] }
routes:
  - { host: api.test, path: /v1, methods: [GET], pool: api }
  - { pool: web }
`;

async function checkExplainConfig(stage: Stage): Promise<readonly Figure[]> {
  const file = await stage.writeFile("evenkeel.yaml", explained);
  const about = async (...request: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await stage.run(["explain", "--config", file, ...request]);
    mustEqual([code, stderr], [0, ""], `the end of explain ${request.join(" ")}`);
    return stdout;
  };
  mustMatch(await about("http://api.test/v1/users"), /^=> api\/127\.0\.0\.1:8083$/m, "its answer");
  const missed = await about("POST", "http://api.test/v1/users");
  mustMatch(missed, /^=> web\/127\.0\.0\.1:8081$/m, "its answer for a POST");
  mustMatch(missed, /method POST is not GET/, "why the other route does not match");
  return [{ name: "routes", value: "api for GET, web for POST" }];
}

async function checkDryRun(stage: Stage): Promise<readonly Figure[]> {
  const { origin: backend } = await stage.backend("Server-1");
  const pool = { backends: [backend], healthCheck: false };
  const settings = (routes: readonly Settings[]): Settings => ({
    version: 1,
    listeners: [{ address: "127.0.0.1:0" }],
    pools: { web: pool, api: pool },
    routes,
  });
  const before = settings([{ pool: "web" }]);
  const after = settings([{ path: "/api", pool: "api" }, { pool: "web" }]);
  const { origin, program } = await stage.proxy(before);
  for (const path of ["/", "/api/1", "/api/2", "/x?y=1"]) await ask(`${origin}${path}`);
  program.kill("SIGTERM");
  const log = await stage.writeFile("access.ndjson", (await program.ended).stdout);
  const [from, to] = [
    await stage.writeFile("before.json", JSON.stringify(before)),
    await stage.writeFile("after.json", JSON.stringify(after)),
  ];
  const command = ["check", "--config", to, "--against", from, "--replay", log];
  const { code, stdout, stderr } = await stage.run([...command, "--max-moved", "10%", "--json"]);
  mustEqual([code, stderr], [99, ""], "the end: half of the requests moved, and a tenth may");
  const { compared, moved } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  mustEqual([compared, moved], [4, 2], "requests that were compared, and that moved");
  return [{ name: "moved", value: "2 of 4", bound: "exit 99 above 10 %" }];
}

const example = fileURLToPath(new URL("../../../examples/library.ts", import.meta.url));

async function checkLibrary(stage: Stage): Promise<readonly Figure[]> {
  must((await readFile(example, "utf8")).includes("createBalancer"), "it shows no balancer");
  const { code, stdout, stderr } = await stage.startScript(example).ended;
  mustEqual([code, stderr], [0, ""], "its end");
  const served = new Set(
    [...stdout.matchAll(/^\/[ab] came from (\w+)$/gm)].map(([, name]) => name),
  );
  must(served.has("one") && served.has("two"), `not by both of its servers: ${stdout}`);
  return [{ name: "served by", value: [...served].join(", ") }];
}
