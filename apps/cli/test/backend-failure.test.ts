import { request } from "undici";
import { expect, test } from "vitest";
import { spawnBackend, startProxyFor } from "./evenkeel.ts";
import { eventually } from "./eventually.ts";
import { findFreePort } from "./free-port.ts";
import { startBackend } from "./local-servers.ts";
import { SteadyLoad } from "./steady-load.ts";

const quickCheck = {
  path: "/health",
  interval: "200ms",
  fastInterval: "50ms",
  timeout: "2s",
  unhealthyThreshold: 3,
  healthyThreshold: 2,
};

test.concurrent("kill -9 of a backend under load fails no GET, and it is back in after its restart", async () => {
  const ports = [await findFreePort(), await findFreePort(), await findFreePort()];
  const backends = await Promise.all(
    ports.map((port, index) => spawnBackend(`Server-${index + 1}`, port)),
  );
  const { origin, program } = await startProxyFor(
    backends.map((backend) => backend.origin),
    { healthCheck: quickCheck, slowStart: "off" },
  );
  const victim = `127.0.0.1:${ports[2]}`;
  const load = new SteadyLoad(origin, { path: "/delay/20", connections: 20, pauseMs: 10 });
  await eventually(() => load.answeredBy("Server-3") >= 50);

  backends[2]?.program.kill("SIGKILL");
  await program.jsonLine(({ backend, to }) => backend === victim && to === "unhealthy");
  await load.more(200);

  const answeredBefore = load.answeredBy("Server-3");
  await spawnBackend("Server-3", ports[2]);
  await program.jsonLine(
    ({ backend, from, to }) => backend === victim && from !== "unknown" && to === "healthy",
  );
  await eventually(() => load.answeredBy("Server-3") >= answeredBefore + 20);

  const { completed, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(completed).toBeGreaterThan(400);
});

test.concurrent("no backend left: 503 as problem+json that says when to try again", async () => {
  const backend = await spawnBackend("Server-1");
  const { origin, program } = await startProxyFor([backend.origin], { healthCheck: quickCheck });
  backend.program.kill("SIGKILL");
  await program.jsonLine(({ to }) => to === "unhealthy");
  const { statusCode, headers, body } = await request(origin);
  expect(statusCode).toBe(503);
  expect(headers).toMatchObject({
    "content-type": "application/problem+json",
    "proxy-status": "evenkeel; error=destination_unavailable",
    "retry-after": expect.stringMatching(/^\d+$/),
  });
  expect(await body.json()).toMatchObject({ status: 503, error: "destination_unavailable" });
});

test.concurrent("a backend that calls itself ill gets no traffic until it has recovered", async () => {
  const [ill, well] = await Promise.all([startBackend("Server-1"), startBackend("Server-2")]);
  const { origin, program } = await startProxyFor([ill.origin, well.origin], {
    healthCheck: quickCheck,
    slowStart: "off",
  });
  await request(`${ill.origin}/fail`, { method: "POST" });
  await program.jsonLine(({ to }) => to === "unhealthy");
  expect(await answeringBackends(origin, 20)).toEqual(["Server-2"]);
  await request(`${ill.origin}/recover`, { method: "POST" });
  await program.jsonLine(({ from, to }) => from === "unhealthy" && to === "healthy");
  expect(await answeringBackends(origin, 20)).toEqual(["Server-1", "Server-2"]);
});

async function answeringBackends(origin: string, requests: number): Promise<readonly string[]> {
  const names = new Set<string>();
  for (let i = 0; i < requests; i++) {
    const { headers, body } = await request(origin);
    await body.dump();
    names.add(String(headers["x-backend"]));
  }
  return [...names].toSorted();
}

test.concurrent.each(["/bytes/200000000", "/bytes/200000000?chunked"])(
  "%s cut off by the backend's death is an error for the client, never a short success",
  async (target) => {
    const backend = await spawnBackend("Server-1");
    const { origin, program } = await startProxyFor([backend.origin]);
    const { statusCode, body } = await request(`${origin}${target}`);
    expect(statusCode).toBe(200);
    await expect(async () => {
      for await (const _piece of body) backend.program.kill("SIGKILL");
    }).rejects.toThrow();
    expect(program.isRunning).toBe(true);
  },
);
