import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { beforeAll, expect, test } from "vitest";
import { type RunningBalancer, startProxyFor } from "./evenkeel.ts";
import { findProgram } from "./installed-program.ts";
import { startBackends } from "./local-servers.ts";
import { RunningProgram } from "./running-program.ts";

let balancer: RunningBalancer;

beforeAll(async () => {
  const backends = await startBackends(2);
  balancer = await startProxyFor(backends.map(({ origin }) => origin));
});

test("undici: 500 requests over 10 kept connections", async () => {
  const pool = new Pool(balancer.origin, { connections: 10, allowH2: false });
  const bodies = await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const { body } = await pool.request({
        path: `/echo?${index}`,
        method: "POST",
        body: `body ${index}`,
      });
      return (await body.json()) as { readonly target: string; readonly body: string };
    }),
  );
  await pool.close();
  expect(bodies.map(({ target, body }) => `${target} ${body}`)).toEqual(
    bodies.map((_, index) => `/echo?${index} body ${index}`),
  );
});

test.each([1, 4])("autocannon with %i requests in flight per connection", async (pipelining) => {
  const autocannon = fileURLToPath(import.meta.resolve("autocannon"));
  const flags = `--connections 10 --amount 1000 --json --no-progress --pipelining ${pipelining}`;
  const url = `${balancer.origin}/bytes/100`;
  const { stdout, code } = await run(process.execPath, autocannon, ...flags.split(" "), url);
  const result = JSON.parse(stdout) as { readonly "2xx": number };
  expect(result).toMatchObject({ non2xx: 0, errors: 0, timeouts: 0, resets: 0 });
  // It stops counting at a connection's last request, whoever answers: what is in flight behind it
  // is sent and not counted.
  expect(result["2xx"]).toBeGreaterThanOrEqual(1000 - 10 * (pipelining - 1));
  expect(code).toBe(0);
});

test("curl: every method, an upload from standard input and several URLs on one connection", async ({
  skip,
}) => {
  const curl = findProgram("curl") ?? "";
  skip(curl === "", "curl is not installed");
  const { origin } = balancer;
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const { stdout } = await run(curl, "-sS", "-X", method, "-d", "x", `${origin}/echo`);
    expect(JSON.parse(stdout)).toMatchObject({ method, body: "x" });
  }
  const head = await run(curl, "-sSI", `${origin}/bytes/10`);
  expect(head.stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 10\r\n/);

  const upload = new RunningProgram(curl, ["-sS", "-T", "-", `${origin}/echo`]);
  upload.write("from a pipe");
  upload.closeInput();
  expect(JSON.parse((await upload.ended).stdout)).toMatchObject({
    method: "PUT",
    body: "from a pipe",
  });

  const format = ["-w", "%{stderr}%{num_connects}"];
  const several = await run(curl, "-sS", ...format, `${origin}/bytes/[1-3]`, "-o", "/dev/null");
  expect(several).toMatchObject({ code: 0, stderr: "100" });
});

test("wrk: no failed request and no socket error", async ({ skip }) => {
  const wrk = findProgram("wrk") ?? "";
  skip(wrk === "", "wrk is not installed");
  const { code, stdout } = await run(wrk, "-t1", "-c10", "-d1s", `${balancer.origin}/bytes/100`);
  expect(stdout).toMatch(/[1-9]\d* requests in/);
  expect(stdout).not.toMatch(/Socket errors|Non-2xx/);
  expect(code).toBe(0);
});

async function run(file: string, ...args: readonly string[]): RunningProgram["ended"] {
  return await new RunningProgram(file, args).ended;
}
