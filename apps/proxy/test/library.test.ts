import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import {
  type AccessRecord,
  type BalancerEvents,
  type EmbeddedBalancer,
  EvenkeelConfigError,
  type PoolHealthChange,
  type Settings,
  createBalancer,
} from "../src/index.ts";
import { ok, refusingPort, startBackend } from "./support/raw-backend.ts";

async function answerOf(url: string): Promise<string> {
  const response = await fetch(url);
  return `${response.status} ${await response.text()}`;
}

/** The event's fact, when it is told. */
async function told<Name extends keyof BalancerEvents>(
  balancer: EmbeddedBalancer,
  name: Name,
): Promise<BalancerEvents[Name][0]> {
  const [fact] = (await once(balancer, name)) as BalancerEvents[Name];
  return fact;
}

/** Settings that a type would refuse, as plain JavaScript can give them. */
async function problemsOf(settings: unknown): Promise<readonly string[]> {
  const error: unknown = await createBalancer(settings as Settings).then(
    (balancer) => balancer.close(),
    (error: unknown) => error,
  );
  if (!(error instanceof EvenkeelConfigError)) throw new Error("these settings were accepted");
  expect(error.problems.length).toBe(error.message.split("\n").length);
  return error.message.split("\n");
}

test("balances over the backends of its settings, each listener on a port of its own", async () => {
  const [a, b] = await Promise.all([startBackend(() => ok("a")), startBackend(() => ok("b"))]);
  await using balancer = await createBalancer({
    listeners: [{}, { limits: { body: "1KiB" } }],
    pools: { web: { backends: [a.url, b.url], healthCheck: false } },
  });
  const [first = "", second = ""] = balancer.urls;
  expect(balancer.url).toBe(first);
  expect(first).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  expect(second).not.toBe(first);
  const answers = [];
  for (const url of [first, second, first, second]) answers.push(await answerOf(url));
  expect(answers.toSorted()).toEqual(["200 a", "200 a", "200 b", "200 b"]);
  const large = await fetch(second, { method: "POST", body: "x".repeat(1025) });
  expect(large.status).toBe(413);
});

test("tells of each request as an object", async () => {
  const backend = await startBackend(() => ok("four"));
  const pools = {
    web: { backends: [{ url: backend.url, id: "one" }], healthCheck: false },
  } as const;
  await using balancer = await createBalancer({ pools, accessLog: "combined" });
  const record = told(balancer, "request");
  await answerOf(`${balancer.url}/path?query`);
  expect(await record).toMatchObject({
    method: "GET",
    path: "/path?query",
    status: 200,
    pool: "web",
    backend: "one",
    attempts: 1,
    bytes_out: 4,
    error: null,
  });
});

test("tells of the last requests before close() has ended", async () => {
  const backend = await startBackend(() => ok());
  const pools = { web: { backends: [backend.url], healthCheck: false } } as const;
  const balancer = await createBalancer({ pools });
  const records: AccessRecord[] = [];
  balancer.on("request", (record) => records.push(record));
  await answerOf(balancer.url);
  await balancer.close();
  expect(records.map(({ status }) => status)).toEqual([200]);
});

test("tells of changes of health, and knows it when asked", async () => {
  const url = `http://127.0.0.1:${await refusingPort()}`;
  const healthCheck = { interval: "50ms", fastInterval: "10ms", unhealthyThreshold: 1 };
  await using balancer = await createBalancer({
    pools: { web: { backends: [{ url, id: "dead" }], healthCheck } },
  });
  const change: PoolHealthChange = await told(balancer, "health");
  expect(change).toMatchObject({ pool: "web", backend: "dead", from: "unknown", to: "unhealthy" });
  expect(balancer.health()).toMatchObject([
    { pool: "web", id: "dead", status: "unhealthy", consecutiveSuccesses: 0 },
  ]);
});

test("takes a backend out and back in", async () => {
  const [a, b] = await Promise.all([startBackend(() => ok("a")), startBackend(() => ok("b"))]);
  const backends = [
    { url: a.url, id: "a" },
    { url: b.url, id: "b" },
  ];
  await using balancer = await createBalancer({
    pools: { web: { backends, healthCheck: false, slowStart: "off" } },
  });
  const names = async (): Promise<string> => {
    const answers = [await answerOf(balancer.url), await answerOf(balancer.url)];
    return answers.toSorted().join();
  };
  expect(balancer.setBackendState("web", "a", "maintenance")).toBe(true);
  expect(balancer.setBackendState("web", "c", "maintenance")).toBe(false);
  expect(await names()).toBe("200 b,200 b");
  expect(balancer.setBackendState("web", "a", "active")).toBe(true);
  expect(await names()).toBe("200 a,200 b");
});

test("lists everything that is wrong with its settings, in the words of the file", async () => {
  const settings = {
    workers: "many",
    listenrs: [],
    pools: { web: { strategy: "round-robbin", backends: ["ftp://a"] } },
  };
  expect(await problemsOf(settings)).toEqual([
    expect.stringMatching(/^createBalancer workers: expected auto, or a whole number/),
    expect.stringMatching(/^createBalancer pools\.web\.strategy: .* did you mean "round-robin"\?$/),
    expect.stringMatching(/^createBalancer pools\.web\.backends\[0\]: /),
    'createBalancer listenrs: unknown key "listenrs"; did you mean "listeners"?',
  ]);
});

test.each([
  [{}, /pools: is required$/],
  [null, /^createBalancer: expected a mapping with pools$/],
  [[], /^createBalancer: expected a mapping with pools$/],
  [{ pools: () => {} }, /^createBalancer: only plain values: /],
  [{ pools: { web: { backends: [] } } }, /a pool needs at least one backend$/],
  [{ pools: { web: { backends: ["http://a"] } }, listeners: [7] }, /listeners\[0\]: expected/],
])("refuses %j with an error that says why", async (settings, message) => {
  expect(await problemsOf(settings)).toEqual([expect.stringMatching(message)]);
});

test("says what is doubtful, and starts", async () => {
  const backends = ["http://127.0.0.1:1"];
  await using balancer = await createBalancer({
    pools: { a: { backends, healthCheck: false }, b: { backends, healthCheck: false } },
    routes: [{ pool: "a" }, { pool: "b" }],
  });
  expect(balancer.warnings).toMatchObject([{ file: "createBalancer", path: "routes[1]" }]);
});

test("close() waits for what runs, takes nothing new, and may be called twice", async () => {
  const backend = await startBackend();
  const pools = { web: { backends: [backend.url], healthCheck: false } } as const;
  const balancer = await createBalancer({ pools });
  const answer = answerOf(balancer.url);
  const connection = await backend.connection();
  await connection.request();
  expect(balancer.inFlight).toBe(1);
  const closings = Promise.all([balancer.close(), balancer.close()]);
  await expect(fetch(balancer.url)).rejects.toThrow();
  connection.send(ok("late"));
  expect(await answer).toBe("200 late");
  await closings;
  expect(balancer.inFlight).toBe(0);
});

test("close() cuts off at shutdown.timeout what does not end", async () => {
  const backend = await startBackend();
  const pools = { web: { backends: [backend.url], healthCheck: false } } as const;
  const balancer = await createBalancer({ pools, shutdown: { timeout: "10ms" } });
  const answer = answerOf(balancer.url);
  await (await backend.connection()).request();
  await Promise.all([balancer.close(), expect(answer).rejects.toThrow()]);
});

test("knows its addresses: admin listener, every interface, unix socket", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "evenkeel-library-")), "socket");
  await using balancer = await createBalancer({
    admin: "127.0.0.1:0",
    listeners: [{ address: ":0" }, { address: `unix:${path}` }],
    pools: { web: { backends: ["http://127.0.0.1:1"], healthCheck: false } },
  });
  expect(balancer.urls).toEqual([
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/),
    `unix:${path}`,
  ]);
  expect(await answerOf(`${balancer.adminUrl}/livez`)).toMatch(/^200 /);
});

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs one of the programs in `fixtures`; the test's own timeout is for those that do not end. */
async function run(program: string, ...args: readonly string[]): Promise<Ended> {
  const file = fileURLToPath(new URL(`fixtures/${program}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: "pipe" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { stdout, stderr, code };
}

test.each(["0", "2"])(
  "a program that used it with %s workers ends by itself, and nobody else wrote to its output",
  async (workers) => {
    expect(await run("library-user.ts", workers)).toEqual({
      stdout: "200 hello\nEADDRINUSE\n",
      stderr: "",
      code: 0,
    });
  },
);

test("what a listener throws is the program's affair; the balancer goes on and closes", async () => {
  const { stdout, stderr, code } = await run("library-thrower.ts");
  expect(stdout.trimEnd().split("\n").toSorted()).toEqual([
    "502",
    "502",
    "uncaught: thrown 1",
    "uncaught: thrown 2",
  ]);
  expect([stderr, code]).toEqual(["", 0]);
});

test("goes by other settings on the same port, and refuses wrong ones whole", async () => {
  const [a, b] = await Promise.all([startBackend(() => ok("a")), startBackend(() => ok("b"))]);
  const of = (url: string): Settings => ({
    pools: { web: { backends: [url], healthCheck: false } },
  });
  await using balancer = await createBalancer(of(a.url));
  const { url } = balancer;
  expect(await answerOf(url)).toBe("200 a");
  const event = told(balancer, "reload");
  expect(await balancer.reload(of(b.url))).toEqual({
    generation: 2,
    changes: [`pools.web.backends: +127.0.0.1:${b.port} −127.0.0.1:${a.port}`],
  });
  expect(await event).toMatchObject({ ok: true, generation: 2, by: "reload()" });
  expect(balancer.url).toBe(url);
  expect(await answerOf(url)).toBe("200 b");
  const wrong = { ...of(a.url), workers: 2 };
  await expect(balancer.reload(wrong)).rejects.toThrow(
    /^createBalancer workers: 0 workers run and 2 are asked for/,
  );
  expect(await answerOf(url)).toBe("200 b");
});
