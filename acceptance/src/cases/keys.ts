/* The strategies that send a key to the same backend every time, seen with many keys. */
import { Agent, Pool, request } from "undici";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import { startGroup } from "../stage/backend-group.ts";
import type { Settings, Stage } from "../stage/stage.ts";

const users = Array.from({ length: 600 }, (_, index) => `user-${index}`);
const ids = ["one", "two", "three"];

/** By strategy: the most of the keys of backends that stay which may move when one backend leaves. */
const mostMoved: Readonly<Record<string, number>> = {
  "consistent-hash": 0,
  rendezvous: 0,
  maglev: 0.1,
};

/** Far beyond chance for 600 keys over three backends (5 standard deviations of a ring of 160 points). */
const leastShare = 0.18;

export const keyCases: readonly AcceptanceCase[] = [
  ...Object.keys(mostMoved).map((type) =>
    caseOf("keys", type, {
      sentence: `${type} knows a user again: with one worker, two, after a restart, and without a third backend`,
      check: async (stage) => await checkKeys(stage, type),
    }),
  ),
  caseOf("keys", "ip-hash", {
    sentence: "ip-hash keeps each address at one backend, whatever X-Forwarded-For claims",
    check: checkAddresses,
  }),
];

async function checkKeys(stage: Stage, type: string): Promise<readonly Figure[]> {
  const { origins } = await startGroup(stage, ids.length);
  const backends = origins.map((url, index): Settings => ({ url, id: ids[index] }));
  const homesWith = async (members: readonly Settings[], workers: number) => {
    const strategy = { type, key: "header:x-user" };
    const { program, origin } = await stage.proxyFor(members, { strategy }, { workers });
    const homes = await homesOf(origin);
    program.kill("SIGTERM");
    await program.ended;
    return homes;
  };
  const before = await homesWith(backends, 1);
  mustEqual(await homesWith(backends, 2), before, "the homes with two workers after a restart");
  const counts = [...Map.groupBy(before.values(), (home) => home).values()].map(
    ({ length }) => length,
  );
  mustEqual(counts.length, ids.length, "backends that have keys");
  const least = Math.min(...counts) / users.length;
  must(least >= leastShare, `a backend has only ${Math.round(least * 100)} % of the keys`);

  const gone = `Server-${new URL(origins[2] ?? "").port}`;
  const without = await homesWith(backends.slice(0, 2), 2);
  const stayed = users.filter((user) => before.get(user) !== gone);
  const moved = stayed.filter((user) => without.get(user) !== before.get(user));
  const limit = mostMoved[type] ?? 0;
  must(
    moved.length / stayed.length <= limit,
    `${moved.length} of ${stayed.length} keys moved although their backend stayed`,
  );
  return [
    { name: "keys", value: counts.join(" / ") },
    { name: "moved without need", value: `${moved.length}`, bound: `≤ ${limit * 100} %` },
  ];
}

/** Who serves each user. */
async function homesOf(origin: string): Promise<ReadonlyMap<string, string>> {
  const pool = new Pool(origin, { connections: 10 });
  const homes = await Promise.all(
    users.map(async (user): Promise<[string, string]> => {
      const headers = { "x-user": user };
      const answer = await pool.request({ method: "GET", path: `/${user}`, headers });
      await answer.body.dump();
      return [user, String(answer.headers["x-backend"])];
    }),
  );
  await pool.close();
  return new Map(homes);
}

async function checkAddresses(stage: Stage): Promise<readonly Figure[]> {
  // Only Linux has every address of 127.0.0.0/8 without setting it up.
  const hasAddresses = process.platform === "linux";
  const addresses = Array.from({ length: hasAddresses ? 24 : 1 }, (_, at) => `127.0.0.${at + 1}`);
  const { origins } = await startGroup(stage, ids.length);
  const backends = origins.map((url, index): Settings => ({ url, id: ids[index] }));
  const { origin } = await stage.proxyFor(backends, { strategy: "ip-hash" });
  const homes = await Promise.all(addresses.map((address) => homesOfAddress(origin, address)));
  for (const [index, home] of homes.entries()) {
    mustEqual(home.size, 1, `backends that served ${addresses[index]}`);
  }
  const used = new Set(homes.flatMap((home) => [...home])).size;
  if (hasAddresses) mustEqual(used, ids.length, "backends that serve one of 24 addresses");
  return [{ name: "addresses", value: `${addresses.length} at ${used} backends` }];
}

async function homesOfAddress(origin: string, localAddress: string): Promise<Set<string>> {
  const dispatcher = new Agent({ localAddress });
  const homes = new Set<string>();
  for (let turn = 0; turn < 4; turn++) {
    const headers = { "x-forwarded-for": `10.0.0.${turn}` };
    const answer = await request(origin, { dispatcher, headers });
    await answer.body.dump();
    homes.add(String(answer.headers["x-backend"]));
  }
  await dispatcher.destroy();
  return homes;
}
