import { Agent, request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { type RunningServer, spawnBackend, startProxy } from "./evenkeel.ts";
import { findFreePort } from "./free-port.ts";
import { startBackend } from "./local-servers.ts";

/** How a client says who it is, for each key that a pool can hash. */
const ways = {
  header: { key: "header:x-user", ask: (user) => ({ headers: { "X-User": user } }) },
  cookie: { key: "cookie:sid", ask: (user) => ({ headers: { cookie: `a=1; sid=${user}; b=2` } }) },
  query: { key: "query:user", ask: (user) => ({ rest: `?a=1&user=${user}&b=2` }) },
  path: { key: "path", ask: (user) => ({ rest: `/${user}?a=1` }) },
  ip: { key: "client-ip", ask: (user) => ({ headers: { "x-forwarded-for": addressOf(user) } }) },
} satisfies Record<string, { key: string; ask: (user: string) => Asked }>;

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly rest?: string;
}

type Way = keyof typeof ways;

const wayNames = Object.keys(ways) as Way[];
const users = Array.from({ length: 48 }, (_, index) => `user-${index}`);
const names = ["Server-1", "Server-2", "Server-3", "Server-4"];
const healthCheck = {
  path: "/health",
  interval: "200ms",
  fastInterval: "50ms",
  timeout: "2s",
  unhealthyThreshold: 3,
  healthyThreshold: 2,
};

function addressOf(user: string): string {
  return `6.6.6.6, 10.0.0.${user.slice("user-".length)}`;
}

/** A pool per way over the same backends, whose ids, and with them the hashes, are always the same. */
async function startPools(origins: readonly string[]): Promise<RunningServer> {
  const backends = origins.map((url, index) => ({ url, id: names[index] }));
  const poolOf = (way: Way): unknown => ({
    strategy: { type: "consistent-hash", key: ways[way].key },
    healthCheck,
    slowStart: "off",
    backends,
  });
  return await startProxy({
    listeners: [{ address: "127.0.0.1:0", trustedProxies: ["127.0.0.1"] }],
    pools: Object.fromEntries(wayNames.map((way) => [way, poolOf(way)])),
    routes: wayNames.map((way) => ({ path: `/${way}`, pool: way })),
  });
}

/** Who serves each user. */
async function homesOf(origin: string, way: Way): Promise<Map<string, string>> {
  const homes = new Map<string, string>();
  for (const user of users) {
    const { headers = {}, rest = "" }: Asked = ways[way].ask(user);
    const answer = await request(`${origin}/${way}${rest}`, { headers });
    await answer.body.dump();
    homes.set(user, String(answer.headers["x-backend"]));
  }
  return homes;
}

test("consistent-hash keeps each user at one backend; only a dead one's users move, and they return", async () => {
  // Only the third one dies and needs a process of its own.
  const port = await findFreePort();
  const mortal = await spawnBackend("Server-3", port);
  const backends = await Promise.all(
    names.map(async (name) => (name === "Server-3" ? mortal : await startBackend(name))),
  );
  const { origin, program } = await startPools(backends.map((backend) => backend.origin));
  const before = await Promise.all(wayNames.map((way) => homesOf(origin, way)));
  for (const homes of before) expect(new Set(homes.values())).toEqual(new Set(names));
  expect(await Promise.all(wayNames.map((way) => homesOf(origin, way)))).toEqual(before);

  const verdicts = (to: string, from?: string): Promise<unknown> =>
    Promise.all(
      wayNames.map((way) =>
        program.jsonLine((line) => {
          const isOurs = line["pool"] === way && line["backend"] === "Server-3";
          return isOurs && line["to"] === to && (from ?? line["from"]) === line["from"];
        }),
      ),
    );
  mortal.program.kill("SIGKILL");
  await verdicts("unhealthy");
  const meanwhile = await Promise.all(wayNames.map((way) => homesOf(origin, way)));
  meanwhile.forEach((homes, index) => {
    const moved = users.filter((user) => homes.get(user) !== before[index]?.get(user));
    const orphans = users.filter((user) => before[index]?.get(user) === "Server-3");
    expect(moved).toEqual(orphans);
    expect([...homes.values()]).not.toContain("Server-3");
  });

  await spawnBackend("Server-3", port);
  await verdicts("healthy", "unhealthy");
  expect(await Promise.all(wayNames.map((way) => homesOf(origin, way)))).toEqual(before);
});

describe.runIf(process.platform === "linux")("ip-hash", () => {
  test("keeps each address that connects at one backend, whatever it claims", async () => {
    const backends = await Promise.all(names.map((name) => startBackend(name)));
    const { origin } = await startProxy({
      pools: {
        web: {
          strategy: "ip-hash",
          healthCheck: false,
          backends: backends.map(({ origin: url }, index) => ({ url, id: names[index] })),
        },
      },
    });
    const askFrom = async (localAddress: string): Promise<string> => {
      const dispatcher = new Agent({ localAddress });
      onTestFinished(() => dispatcher.destroy());
      const answers = new Set<string>();
      for (let turn = 0; turn < 4; turn++) {
        const headers = { "x-forwarded-for": `10.0.0.${turn}` };
        const answer = await request(origin, { dispatcher, headers });
        await answer.body.dump();
        answers.add(String(answer.headers["x-backend"]));
      }
      expect(answers.size).toBe(1);
      return [...answers].join();
    };
    const addresses = Array.from({ length: 24 }, (_, index) => `127.0.0.${index + 1}`);
    const homes = await Promise.all(addresses.map(askFrom));
    expect(new Set(homes)).toEqual(new Set(names));
    expect(await Promise.all(addresses.map(askFrom))).toEqual(homes);
  });
});
