/* Limits that hold over all workers together, seen by clients that come at once. */
import { Pool } from "undici";
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import { originsOf } from "../stage/backend-group.ts";
import { ownServer } from "../stage/own-server.ts";
import type { Settings, Stage } from "../stage/stage.ts";

export const limitCases: readonly AcceptanceCase[] = [
  caseOf("limits", "burst", {
    sentence: "of any number of requests at one moment exactly the burst passes, over two workers",
    check: checkBurst,
  }),
  caseOf("limits", "keys", {
    sentence: "each value of a key has a bucket of its own, exact over two workers",
    check: checkKeys,
  }),
  caseOf("limits", "refill", {
    sentence: "over time no more pass than the burst and what the rate gives, and not much less",
    isAlone: true,
    check: checkRefill,
  }),
  caseOf("limits", "in-flight", {
    sentence:
      "a backend never has more requests at a time than inFlightPerBackend, over two workers; the others wait",
    check: checkInFlight,
  }),
];

const connections = 24;

/** Sends that many GETs over many connections, and counts the statuses. */
async function countStatuses(
  origin: string,
  count: number,
  headersOf: (index: number) => Record<string, string> = () => ({}),
): Promise<ReadonlyMap<string, number>> {
  const pool = new Pool(origin, { connections });
  const counts = new Map<string, number>();
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const headers = headersOf(index);
      const { statusCode, body } = await pool.request({ method: "GET", path: "/", headers });
      await body.dump();
      const key = [statusCode, ...Object.values(headers)].join(" ");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }),
  );
  await pool.close();
  return counts;
}

async function startLimited(stage: Stage, rateLimit: Settings): Promise<string> {
  const backends = originsOf(await stage.backends(1));
  const { origin } = await stage.proxyFor(backends, {}, { routes: [{ pool: "web", rateLimit }] });
  return origin;
}

async function checkBurst(stage: Stage): Promise<readonly Figure[]> {
  const origin = await startLimited(stage, { rate: "1/h", burst: 50, key: "global" });
  const counts = await countStatuses(origin, 400);
  mustEqual(Object.fromEntries(counts), { "200": 50, "429": 350 }, "the statuses");
  return [{ name: "passed", value: `${counts.get("200")} of 400`, bound: "50" }];
}

async function checkKeys(stage: Stage): Promise<readonly Figure[]> {
  const origin = await startLimited(stage, { rate: "1/h", burst: 10, key: "header:x-user" });
  const users = ["a", "b", "c", "d", "e"];
  const counts = await countStatuses(origin, 200, (index) => {
    return { "x-user": users[index % users.length] ?? "" };
  });
  const passed = users.map((user) => counts.get(`200 ${user}`));
  mustEqual(passed, [10, 10, 10, 10, 10], "passed by user");
  return [{ name: "passed by user", value: passed.join(", "), bound: "10 each" }];
}

async function checkRefill(stage: Stage): Promise<readonly Figure[]> {
  const [ratePerSecond, burst] = [50, 20];
  const origin = await startLimited(stage, { rate: `${ratePerSecond}/s`, burst, key: "global" });
  const startedAt = performance.now();
  let [passed, sent] = [0, 0];
  while (performance.now() - startedAt < 2_000) {
    const counts = await countStatuses(origin, 100);
    passed += counts.get("200") ?? 0;
    sent += 100;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const most = Math.floor(burst + ratePerSecond * seconds + 1);
  must(passed <= most, `${passed} passed in ${seconds.toFixed(2)} s, and ${most} may at most`);
  // Asked for far more often than the rate, each token is taken soon; half of them is no luck.
  const least = burst + Math.floor((ratePerSecond * seconds) / 2);
  must(passed >= least, `${passed} passed, and the rate gives ${most}`);
  const figure = { name: "passed", value: `${passed} of ${sent}`, bound: `${least} to ${most}` };
  return [figure, { name: "in", value: `${seconds.toFixed(2)} s` }];
}

async function checkInFlight(stage: Stage): Promise<readonly Figure[]> {
  let [current, most] = [0, 0];
  const backend = await ownServer(stage, (socket) => {
    socket.on("data", () => {
      most = Math.max(most, ++current);
      setTimeout(() => {
        current--;
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      }, 20);
    });
  });
  const limits = { inFlightPerBackend: 3, queueTimeout: "30s" };
  const { origin } = await stage.proxyFor([backend], { limits });
  const counts = await countStatuses(origin, 200);
  mustEqual(Object.fromEntries(counts), { "200": 200 }, "the statuses");
  mustEqual(most, 3, "the most requests at a time");
  return [{ name: "at a time", value: `${most}`, bound: "3" }];
}
