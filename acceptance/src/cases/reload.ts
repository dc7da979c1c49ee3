/* A new configuration while requests run. */
import { writeFile } from "node:fs/promises";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual, mustMatch } from "../check.ts";
import { ask, askJson, sendJson } from "../stage/ask.ts";
import { eventually } from "../stage/eventually.ts";
import { SteadyLoad } from "../stage/steady-load.ts";
import type { Balancer, Server, Settings, Stage } from "../stage/stage.ts";

export const reloadCases: readonly AcceptanceCase[] = [
  caseOf("reload", "under-load", {
    sentence:
      "a reload under load adds and takes away backends, and no request fails or waits for it",
    check: checkUnderLoad,
  }),
  caseOf("reload", "bad-file", {
    sentence: "a bad file is refused with 422 and every error, and the old configuration goes on",
    check: checkBadFile,
  }),
  caseOf("reload", "servers", {
    sentence:
      "a server that is added under load serves once it passed a check, and one that is removed fails no request",
    check: checkServers,
  }),
  caseOf("reload", "config", {
    sentence:
      "GET /api/v1/config shows what is in force, PUT takes another one whole, and a stale If-Match changes nothing",
    check: checkConfig,
  }),
  caseOf("reload", "signal", {
    sentence: "SIGHUP reloads the file",
    check: checkSignal,
  }),
];

interface Reloadable {
  readonly balancer: Balancer;
  readonly backends: readonly Server[];
  readonly rewrite: (names: readonly string[]) => Promise<void>;
}

async function startReloadable(stage: Stage): Promise<Reloadable> {
  const backends = await stage.backends(3);
  const settingsFor = (names: readonly string[]): Settings => ({
    version: 1,
    workers: 2,
    listeners: [{ address: "127.0.0.1:0" }],
    admin: "127.0.0.1:0",
    pools: {
      web: {
        healthCheck: { path: "/health", interval: "200ms" },
        slowStart: "off",
        backends: backends
          .map(({ origin: url }, index) => ({ url, id: `Server-${index + 1}` }))
          .filter(({ id }) => names.includes(id)),
      },
    },
  });
  const file = await stage.writeFile(
    "evenkeel.json",
    JSON.stringify(settingsFor(["Server-1", "Server-2"])),
  );
  const balancer = await stage.whenReady(stage.start(["proxy", "--config", file]), true);
  return {
    balancer,
    backends,
    rewrite: async (names) => {
      const text = names.length === 0 ? '{ "pols": {} }' : JSON.stringify(settingsFor(names));
      await writeFile(file, text);
    },
  };
}

async function reload({ adminOrigin }: Balancer): Promise<Readonly<Record<string, unknown>>> {
  const answer = await sendJson("POST", `${adminOrigin}/admin/reload`, {});
  mustEqual(answer.status, 200, `the status of the reload (${answer.text})`);
  return JSON.parse(answer.text) as Readonly<Record<string, unknown>>;
}

async function checkUnderLoad(stage: Stage): Promise<readonly Figure[]> {
  const { balancer, rewrite } = await startReloadable(stage);
  const load = new SteadyLoad(balancer.origin, "/delay/5");
  await load.more(100);
  await rewrite(["Server-2", "Server-3"]);
  const { generation } = await reload(balancer);
  await eventually("the new backend serves", () => load.answeredBy("Server-3") > 10);
  const before = load.answeredBy("Server-1");
  await load.more(200);
  mustEqual(load.answeredBy("Server-1"), before, "answers of the backend that was taken away");
  await rewrite(["Server-1", "Server-2", "Server-3"]);
  const next = await reload(balancer);
  must(Number(next["generation"]) > Number(generation), "the generation did not go up");
  await eventually("it serves again", () => load.answeredBy("Server-1") > before + 10);
  const { completed, failures } = await load.stop();
  mustEqual(failures.slice(0, 5), [], "failures");
  return [{ name: "failed", value: `0 of ${completed}`, bound: "0" }];
}

async function checkBadFile(stage: Stage): Promise<readonly Figure[]> {
  const { balancer, rewrite } = await startReloadable(stage);
  await rewrite([]);
  const refused = await sendJson("POST", `${balancer.adminOrigin}/admin/reload`, {});
  mustEqual(refused.status, 422, "the status");
  mustMatch(refused.text, /did you mean/, "the answer");
  mustEqual((await ask(balancer.origin)).status, 200, "a request afterwards");
  const { json } = await askJson(`${balancer.adminOrigin}/admin/health`);
  must(JSON.stringify(json).includes("Server-2"), "the old configuration is gone");
  return [{ name: "status", value: "422" }];
}

async function checkServers(stage: Stage): Promise<readonly Figure[]> {
  const { balancer, backends } = await startReloadable(stage);
  const servers = `${balancer.adminOrigin}/api/v1/servers`;
  const load = new SteadyLoad(balancer.origin, "/delay/5");
  await load.more(50);
  const third = { pool: "web", id: "third", host: "127.0.0.1", port: backends[2]?.port };
  mustEqual((await sendJson("POST", servers, third)).status, 201, "the status of the addition");
  await eventually("the new server serves", () => load.answeredBy("Server-3") > 10);
  const id = encodeURIComponent("web/Server-1");
  const removed = await ask(`${servers}/${id}`, { method: "DELETE" });
  mustEqual(removed.status, 200, `the status of the removal (${removed.text})`);
  await load.more(50);
  const before = load.answeredBy("Server-1");
  await load.more(150);
  mustEqual(load.answeredBy("Server-1"), before, "answers of the removed server");
  const { completed, failures } = await load.stop();
  mustEqual(failures.slice(0, 5), [], "failures");
  const again = await sendJson("POST", servers, { ...third, pool: "wbe" });
  mustEqual(again.status, 422, "the status for an unknown pool");
  return [{ name: "failed", value: `0 of ${completed}`, bound: "0" }];
}

async function checkConfig(stage: Stage): Promise<readonly Figure[]> {
  const { balancer } = await startReloadable(stage);
  const url = `${balancer.adminOrigin}/api/v1/config`;
  const shown = await ask(url);
  const tag = String(shown.headers.etag);
  const settings = JSON.parse(shown.text) as { readonly pools: { readonly web: Settings } };
  const backends = (settings.pools.web["backends"] as readonly unknown[]).slice(1);
  const next = { ...settings, pools: { web: { ...settings.pools.web, backends } } };
  const put = async (ifMatch: string, value: unknown): Promise<number> => {
    const headers = { "content-type": "application/json", "if-match": ifMatch };
    return (await ask(url, { method: "PUT", headers, body: JSON.stringify(value) })).status;
  };
  mustEqual(await put(tag, next), 200, "the status with the generation that is in force");
  mustEqual(await put(tag, settings), 412, "the status with a generation that is past");
  mustEqual(await put("*", { pools: {} }), 422, "the status of a configuration without pools");
  await eventually("only the other backend serves", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(balancer.origin)));
    return answers.every(({ headers }) => headers["x-backend"] === "Server-2");
  });
  return [{ name: "statuses", value: "200, 412, 422" }];
}

async function checkSignal(stage: Stage): Promise<readonly Figure[]> {
  const { balancer, rewrite } = await startReloadable(stage);
  await rewrite(["Server-3"]);
  balancer.program.kill("SIGHUP");
  await eventually("only the new backend serves", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(balancer.origin)));
    return answers.every(({ headers }) => headers["x-backend"] === "Server-3");
  });
  return [{ name: "served by", value: "Server-3" }];
}
