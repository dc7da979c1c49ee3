/* What may be tried again on another backend, and what must not be. */
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import { ask, askJson, sendJson } from "../stage/ask.ts";
import { originsOf } from "../stage/backend-group.ts";
import { findFreePort } from "../stage/own-server.ts";
import { linesOf } from "../stage/program.ts";
import type { Server, Stage } from "../stage/stage.ts";

const methods = ["GET", "POST", "PUT", "DELETE"] as const;
const each = 12;

function ascending(one: number, other: number): number {
  return one - other;
}

export const retryCases: readonly AcceptanceCase[] = [
  caseOf("messages", "dead-backend", {
    sentence: "one dead backend among living ones is noticed by no client, whatever the method",
    check: checkDeadBackend,
  }),
  caseOf("messages", "no-post-twice", {
    sentence:
      "a GET that is reset is tried on another backend; a POST is not, and arrives exactly once",
    check: checkNoPostTwice,
  }),
  caseOf("messages", "retry-statuses", {
    sentence: "a status in retry.statuses is retried for GET, and passes as it is for POST",
    check: checkStatuses,
  }),
  caseOf("messages", "retry-budget", {
    sentence:
      "where everything fails, retries stay within retry.budget of the requests, over two workers",
    check: checkBudget,
  }),
];

async function checkDeadBackend(stage: Stage): Promise<readonly Figure[]> {
  const dead = `http://127.0.0.1:${await findFreePort()}`;
  const { origin } = await stage.proxyFor([dead, ...originsOf(await stage.backends(2))]);
  for (const method of methods) {
    for (let turn = 0; turn < each; turn++) {
      const question = method === "GET" ? { method } : { method, body: "kept" };
      mustEqual((await ask(`${origin}/echo`, question)).status, 200, `the status of a ${method}`);
    }
  }
  return [{ name: "failed", value: "0", bound: `0 of ${methods.length * each}` }];
}

async function arrivalsOf({ origin }: Server, method: string): Promise<number> {
  const { json } = await askJson(`${origin}/__stats`);
  return (json["byMethod"] as Readonly<Record<string, number>>)[method] ?? 0;
}

async function checkNoPostTwice(stage: Stage): Promise<readonly Figure[]> {
  const backends = await stage.backends(2);
  const breaker = { circuitBreaker: false, outlierDetection: false };
  const { origin } = await stage.proxyFor(originsOf(backends), breaker);
  const faults = [{ fault: "reset" }];
  const put = await sendJson("PUT", `${backends[0]?.origin ?? ""}/__faults`, faults);
  mustEqual(put.status, 200, "the fault was taken");
  const statuses = { GET: new Set<number>(), POST: new Set<number>() };
  // One method after the other: a retry takes a turn of its own, and turns would fall into step.
  for (const method of ["GET", "POST"] as const) {
    for (let turn = 0; turn < each; turn++) {
      statuses[method].add((await ask(origin, { method })).status);
    }
  }
  mustEqual([...statuses.GET], [200], "the statuses of GETs");
  mustEqual([...statuses.POST].toSorted(ascending), [200, 502], "the statuses of POSTs");
  const arrived = await Promise.all(backends.map((backend) => arrivalsOf(backend, "POST")));
  const sum = arrived.reduce((total, count) => total + count);
  mustEqual(sum, each, "POSTs that arrived at backends");
  return [{ name: "POSTs that arrived", value: `${sum}`, bound: `${each} sent` }];
}

async function checkStatuses(stage: Stage): Promise<readonly Figure[]> {
  const backends = await stage.backends(2);
  const retry = { statuses: [503] };
  const breaker = { circuitBreaker: false, outlierDetection: false };
  const { origin } = await stage.proxyFor(originsOf(backends), { ...breaker, retry });
  const faults = [{ fault: "status", code: 503 }];
  await sendJson("PUT", `${backends[0]?.origin ?? ""}/__faults`, faults);
  const seen = { GET: [] as number[], POST: [] as number[] };
  for (const method of ["GET", "POST"] as const) {
    for (let turn = 0; turn < each; turn++) {
      seen[method].push((await ask(origin, { method })).status);
    }
  }
  must(
    seen.GET.every((status) => status === 200),
    `a GET failed: ${seen.GET.join()}`,
  );
  mustEqual([...new Set(seen.POST)].toSorted(ascending), [200, 503], "the statuses of POSTs");
  return [{ name: "failed GETs", value: "0", bound: `0 of ${each}` }];
}

async function failuresOf({ origin }: Server): Promise<number> {
  const { json } = await askJson(`${origin}/__stats`);
  return (json["byTarget"] as Readonly<Record<string, number>>)["/status/503"] ?? 0;
}

const budget = 0.2;
/** Of the requests that the budget is a share of. */
const windowSeconds = 10;
const workers = 2;

async function checkBudget(stage: Stage): Promise<readonly Figure[]> {
  const requests = 300;
  const backends = await stage.backends(2);
  const retry = { statuses: [503], budget: `${budget * 100}%`, minRetriesPerSecond: 0 };
  const breaker = { circuitBreaker: false, outlierDetection: false };
  const { origin, program } = await stage.proxyFor(
    originsOf(backends),
    { ...breaker, retry },
    { workers },
  );
  const startedAt = performance.now();
  // One after the other, each over a connection of its own: both workers get their share.
  for (let turn = 0; turn < requests; turn++) {
    mustEqual((await ask(`${origin}/status/503`)).status, 503, "the status");
  }
  const arrived = await Promise.all(backends.map(failuresOf));
  const retries = arrived.reduce((sum, count) => sum + count) - requests;
  // Workers that ask at the same instant can be one beyond it, each but the first (docs/failure-handling.md). And
  // each second that leaves the window may leave a part of a retry, which is rounded up.
  const secondsLeft = Math.max(
    0,
    Math.ceil((performance.now() - startedAt) / 1000 - windowSeconds),
  );
  const most = requests * budget + workers - 1 + secondsLeft;
  must(retries <= most, `${retries} retries of ${requests} requests, and ${most} may be at most`);
  // Half of it is no luck: each request was worth a fifth of a retry, and all of them wanted one.
  must(retries >= most / 2, `only ${retries} retries, and the budget is ${most}`);
  program.kill("SIGTERM");
  const records = linesOf((await program.ended).stdout);
  const attempts = records.reduce((sum, { attempts: count }) => sum + Number(count ?? 0), 0);
  mustEqual(attempts, requests + retries, "attempts in the access log");
  return [{ name: "retries", value: `${retries} of ${requests} requests`, bound: `≤ ${most}` }];
}
