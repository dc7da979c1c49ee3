import { request } from "undici";
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { startHttpServer } from "./local-servers.ts";
import { ReloadingBalancer } from "./reloading-balancer.ts";

const token = "correct-horse-battery-staple-0001";

async function start(settings: Readonly<Record<string, unknown>> = {}) {
  const { origin } = await startHttpServer((_, response) => response.end("ok"));
  const pools = { web: { healthCheck: false, backends: [{ url: origin, id: "b0" }] } };
  const listeners = [{ address: "127.0.0.1:0", statusPath: "/lb-status" }];
  const balancer = await ReloadingBalancer.start({
    workers: 2,
    listeners,
    admin: { address: "127.0.0.1:0" },
    pools,
    ...settings,
  });
  return { balancer, url: origin };
}

test.concurrent("the program answers which backends serve on the port of its traffic", async () => {
  const { balancer, url } = await start();
  const { origin } = balancer.balancer;
  const ask = async (): Promise<unknown> =>
    await (await request(`${origin}/lb-status`)).body.json();
  expect(await ask()).toEqual({ backends: [{ url, alive: true }] });
  await balancer.ask("PATCH", "/api/v1/servers/web%2Fb0", { state: "drain", reason: "deploy 7" });
  await eventually(async () => JSON.stringify(await ask()).includes('"alive":false'));
});

test.concurrent("the program counts over its workers what each backend answered", async () => {
  const { balancer } = await start();
  const { origin } = balancer.balancer;
  await Promise.all(
    Array.from({ length: 40 }, async () => await (await request(`${origin}/`)).body.dump()),
  );
  await eventually(async () => {
    const { body } = await balancer.ask("GET", "/api/v1/metrics");
    return body["total_requests"] === 40;
  });
  const { body } = await balancer.ask("GET", "/api/v1/servers/web%2Fb0");
  expect(body["requests_per_second"]).toBeGreaterThan(0);
  expect(body["avg_response_time_ms"]).toBeGreaterThan(0);
});

test.concurrent("the program writes down who changed what, and who was refused", async () => {
  const { balancer } = await start({ admin: { address: "127.0.0.1:0", token } });
  const { program } = balancer.balancer;
  expect((await balancer.ask("POST", "/admin/algorithm", { algorithm: "random" })).status).toBe(
    401,
  );
  const { msg, level, audit } = await program.jsonLine((line) => "audit" in line);
  expect(level).toBe(40);
  expect(msg).toMatch(
    /^admin: POST \/admin\/algorithm by 127\.0\.0\.1:\d+ \(no token\): 401, a valid token is needed/,
  );
  expect(audit).toMatchObject({ auth: "none", status: 401, outcome: "refused", change: null });
});
