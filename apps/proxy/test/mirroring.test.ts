import { expect, test } from "vitest";
import { type Message, status, value, values } from "./support/message.ts";
import { eventually } from "./support/peer.ts";
import {
  type Answer,
  type RawBackend,
  ok,
  refusingPort,
  startBackend,
} from "./support/raw-backend.ts";
import { openClient } from "./support/raw-client.ts";
import { type TestProxy, get, post, startTestProxy } from "./support/run-proxy.ts";

type Settings = Readonly<Record<string, unknown>>;

interface Mirrored {
  readonly proxy: TestProxy;
  readonly main: RawBackend;
  readonly mirror: RawBackend;
}

/** Answers and closes, as the copy asked for. */
function last(response: string): Answer {
  return (_, connection) => {
    connection.send(response).end();
    return null;
  };
}

const failure = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";

async function startMirrored(
  answer: Answer | null,
  { share = "100%", pool = {}, ...route }: Settings = {},
): Promise<Mirrored> {
  const main = await startBackend(() => ok("main"));
  const mirror = await startBackend(answer);
  const shadow = { backends: [mirror.url], healthCheck: false, ...(pool as Settings) };
  const proxy = await startTestProxy({
    top: {
      pools: { web: { backends: [main.url], healthCheck: false }, shadow },
      routes: [{ pool: "web", mirror: { pool: "shadow", share }, ...route }],
    },
  });
  return { proxy, main, mirror };
}

async function bodies({ proxy }: Mirrored, count: number, text = get()): Promise<Set<string>> {
  const client = await openClient(proxy.port);
  const seen = new Set<string>();
  for (let at = 0; at < count; at++) seen.add((await client.request(text)).body);
  client.end();
  return seen;
}

test("sends what the backend gets to the mirror too, on a connection that closes", async () => {
  const setup = await startMirrored(last(ok("mirror")), {
    path: "/api",
    rewrite: { stripPrefix: true },
    requestHeaders: { set: { "X-A": "1" } },
  });
  expect([...(await bodies(setup, 1, get("/api/x?y", "B: 2\r\n")))]).toEqual(["main"]);
  await eventually("the copy arrives", () => setup.mirror.requests.length === 1);
  const [original] = setup.main.requests as [Message];
  const [copy] = setup.mirror.requests as [Message];
  expect(copy.line).toBe("GET /x?y HTTP/1.1");
  expect(copy.fields).toEqual([...original.fields, ["Connection", "close"]]);
  await setup.proxy.untilQuiet();
  const [record] = await setup.proxy.recorded(1);
  expect(record).toMatchObject({ pool: "web", attempts: 1, status: 200 });
  expect(setup.proxy.records()).toHaveLength(1);
});

test.each<[string, Answer | null]>([
  ["fails", last(failure)],
  ["says nothing", null],
  ["talks nonsense", last("SSH-2.0-OpenSSH_9.7\r\n")],
  [
    "hangs up",
    (_, connection) => {
      connection.reset();
      return null;
    },
  ],
])("a mirror that %s does not touch the client's answers", async (_, answer) => {
  const setup = await startMirrored(answer);
  expect([...(await bodies(setup, 20))]).toEqual(["main"]);
  expect(setup.proxy.records().every(({ error }) => error === null)).toBe(true);
});

test("a mirror that nobody runs does not touch the client's answers", async () => {
  const backends = [`http://127.0.0.1:${await refusingPort()}`];
  const setup = await startMirrored(null, { pool: { backends } });
  expect([...(await bodies(setup, 20))]).toEqual(["main"]);
  await setup.proxy.untilQuiet();
});

test("mirrors no body, no upgrade and nothing that must not be sent twice", async () => {
  const setup = await startMirrored(last(ok("mirror")));
  const { port } = setup.proxy;
  const client = await openClient(port);
  await client.request(post("hello"));
  await client.request("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n");
  await client.request("PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nx");
  await client.request(get("/", "Connection: Upgrade\r\nUpgrade: chat\r\n"));
  await client.request(get("/last"));
  await eventually("the last one's copy arrives", () => setup.mirror.requests.length > 0);
  expect(setup.main.requests).toHaveLength(5);
  expect(setup.mirror.requests.map(({ line }) => line)).toEqual(["GET /last HTTP/1.1"]);
});

test("mirrors a share", async () => {
  const setup = await startMirrored(last(ok("mirror")), { share: "50%" });
  // 2^-199 of the runs would mirror all or none.
  await bodies(setup, 200);
  await setup.proxy.untilQuiet();
  const { length } = setup.mirror.requests;
  expect(length).toBeGreaterThan(0);
  expect(length).toBeLessThan(200);
});

test("leaves copies out where 64 are on their way, and counts them all as ended at shutdown", async () => {
  const setup = await startMirrored(null);
  expect([...(await bodies(setup, 100))]).toEqual(["main"]);
  await eventually("copies arrive", () => setup.mirror.connections.length === 64);
  expect(setup.proxy.running.inFlight()).toBe(64);
  expect((await setup.proxy.stop()).isClean).toBe(true);
  expect(setup.proxy.running.inFlight()).toBe(0);
});

test("gives a mirror no more time than its pool's response timeout", async () => {
  const setup = await startMirrored(null, { pool: { timeouts: { response: "50ms" } } });
  await bodies(setup, 1);
  const connection = await setup.mirror.connection();
  await setup.proxy.untilQuiet();
  await eventually("the copy is cut", () => connection.isClosed || connection.isEnded);
});

test("asks the mirror's own strategy for a backend", async () => {
  const setup = await startMirrored(last(ok("mirror")), {
    pool: { strategy: { type: "consistent-hash", key: "header:x-user" } },
  });
  await bodies(setup, 3, get("/", "X-User: ann\r\n"));
  await eventually("the copies arrive", () => setup.mirror.requests.length === 3);
  expect(setup.mirror.requests.flatMap((request) => values(request, "x-user"))).toEqual([
    "ann",
    "ann",
    "ann",
  ]);
  expect(value(setup.mirror.requests[0] as Message, "host")).toBe("a.test");
});

test("failing copies count against their backend, which is spared then", async () => {
  const failing = await startBackend(last(failure));
  const fine = await startBackend(last(ok("mirror")));
  const setup = await startMirrored(null, {
    pool: {
      backends: [failing.url, fine.url],
      circuitBreaker: { failureThreshold: 3, resetTimeout: "1h" },
    },
  });
  const client = await openClient(setup.proxy.port);
  for (let count = 1; count <= 6; count++) {
    expect(status(await client.request(get()))).toBe(200);
    await eventually("the copy arrives", () => {
      return failing.requests.length + fine.requests.length === count;
    });
    await setup.proxy.untilQuiet();
  }
  await eventually("health has heard", () => setup.proxy.healthChanges.length > 0);
  expect(setup.proxy.healthChanges[0]).toMatchObject({ pool: "shadow", to: "ejected" });
  expect(failing.requests).toHaveLength(3);
});
