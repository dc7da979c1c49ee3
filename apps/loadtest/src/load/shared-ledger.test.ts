import { appendFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startHttp } from "../../test/servers.ts";
import { idOfTarget } from "../engine/open-loop-plan.ts";
import { runLoad } from "./run-load.ts";
import { resolveRun } from "./run-options.ts";

/** A backend that writes down what it sees, but for the requests of one worker that `forgets` names. */
async function startBackend(forgets: (number: number) => boolean) {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-shared-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "a.ndjson");
  await writeFile(file, "");
  const { url } = await startHttp((request, response) => {
    const target = request.url ?? "";
    const number = Number(/\d+$/.exec(idOfTarget(target) ?? "")?.[0]);
    const line = { time: new Date().toISOString(), event: "ended", target };
    if (!forgets(number)) appendFileSync(file, `${JSON.stringify(line)}\n`);
    response.end();
  });
  return { url, ledger: { backendLedgers: new Map([["a", file]]) } };
}

const requestKinds = [
  { name: "read", path: "/r?n={{seq}}", weight: 3 },
  { name: "write", path: "/w", method: "POST", body: "x" },
];

test("several workers and a mix of requests keep one ledger, in which no two have one id", async () => {
  const { url, ledger } = await startBackend(() => false);
  const load = { url, requestKinds, requests: 31, connections: 3, workers: 3, ledger };
  const run = await runLoad(resolveRun({ ...load, allowSaturation: true }));
  expect(run.counts).toMatchObject({ due: 31, sent: 31, entries: { client: 31, backends: 31 } });
  expect(run.counts?.doubled).toEqual([]);
  expect(run.counts?.unexplained).toEqual([]);
  expect(run.pass).toBe(true);
});

test("what no backend saw is listed under the id that its worker gave it, in an open loop too", async () => {
  const { url, ledger } = await startBackend((number) => number === 5);
  const load = { url, requests: 12, ratePerSecond: 200, workers: 2, ledger };
  const run = await runLoad(resolveRun({ ...load, allowSaturation: true }));
  expect(run.counts?.unexplained).toEqual([`${run.plan.load.ledgerId}-5`]);
  expect(run.pass).toBe(false);
});
