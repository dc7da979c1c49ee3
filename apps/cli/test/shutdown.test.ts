import { type ServerResponse } from "node:http";
import { request } from "undici";
import { expect, test } from "vitest";
import { type Config, type RunningBalancer, startProxy } from "./evenkeel.ts";
import { eventually } from "./eventually.ts";
import { startHttpServer } from "./local-servers.ts";
import { isRefused } from "./raw-client.ts";
import { SteadyLoad } from "./steady-load.ts";

/** A backend that answers when the test says so, and a balancer in front of it. */
interface SlowPair {
  readonly balancer: RunningBalancer;
  /** Resolves when a request has reached the backend. */
  readonly arrived: Promise<ServerResponse>;
}

async function startSlowPair(settings: Config = {}): Promise<SlowPair> {
  const arrived = Promise.withResolvers<ServerResponse>();
  const { origin } = await startHttpServer((incoming, response) => {
    if (incoming.url === "/slow") arrived.resolve(response);
    else response.end("quick");
  });
  const pools = { web: { healthCheck: false, backends: [origin] } };
  return { balancer: await startProxy({ pools, ...settings }), arrived: arrived.promise };
}

async function whenRefusing({ port }: RunningBalancer): Promise<void> {
  await eventually(() => isRefused(port));
}

test.concurrent.each(["SIGTERM", "SIGINT"] as const)(
  "%s takes nothing new, completes the running response and exits 0",
  async (signal) => {
    const { balancer, arrived } = await startSlowPair();
    const answer = request(`${balancer.origin}/slow`);
    const response = await arrived;
    balancer.program.kill(signal);
    await whenRefusing(balancer);
    expect(balancer.program.isRunning).toBe(true);
    response.end("whole");
    const { statusCode, headers, body } = await answer;
    expect([statusCode, headers["connection"], await body.text()]).toEqual([200, "close", "whole"]);
    expect(await balancer.program.ended).toMatchObject({ code: 0, signal: null });
  },
);

test.concurrent("SIGTERM completes a response of which a part is already with the client", async () => {
  const { balancer, arrived } = await startSlowPair();
  const answer = request(`${balancer.origin}/slow`);
  const response = await arrived;
  response.write("first, ");
  const { body } = await answer;
  const text = body.text();
  balancer.program.kill("SIGTERM");
  await whenRefusing(balancer);
  response.end("second");
  expect(await text).toBe("first, second");
  expect((await balancer.program.ended).code).toBe(0);
});

test.concurrent("SIGTERM under load cuts no response off", async () => {
  const { balancer } = await startSlowPair();
  const load = new SteadyLoad(balancer.origin, { connections: 20, pauseMs: 0 });
  await load.more(200);
  balancer.program.kill("SIGTERM");
  expect((await balancer.program.ended).code).toBe(0);
  const { failures } = await load.stop();
  // New connections are refused, and the kernel may reset those that no worker has accepted yet
  // (design.md section 3). Nothing else may happen to a client.
  const harmless = /^no response: .*(ECONNREFUSED|ECONNRESET)/;
  expect(failures.filter((failure) => !harmless.test(failure))).toEqual([]);
});

test.concurrent("an idle kept connection does not hold the process up", async () => {
  const { balancer } = await startSlowPair();
  await (await request(balancer.origin)).body.dump();
  balancer.program.kill("SIGTERM");
  const { code, stderr } = await balancer.program.ended;
  expect(stderr).toContain('"msg":"drained"');
  expect(code).toBe(0);
});

test.concurrent("a second SIGTERM ends at once", async () => {
  const { balancer, arrived } = await startSlowPair({ shutdown: { timeout: "1h" } });
  const answer = request(`${balancer.origin}/slow`).catch((error: unknown) => error);
  await arrived;
  balancer.program.kill("SIGTERM");
  await whenRefusing(balancer);
  balancer.program.kill("SIGTERM");
  expect((await balancer.program.ended).code).not.toBe(0);
  expect(await answer).toBeInstanceOf(Error);
});

test.concurrent("what still runs after shutdown.timeout is cut off, and the exit code is still 0", async () => {
  const { balancer, arrived } = await startSlowPair({ shutdown: { timeout: "200ms" } });
  const answer = request(`${balancer.origin}/slow`).catch((error: unknown) => error);
  await arrived;
  balancer.program.kill("SIGTERM");
  const { code, stderr } = await balancer.program.ended;
  expect(stderr).toContain("drain timed out");
  expect(code).toBe(0);
  expect(await answer).toBeInstanceOf(Error);
});
