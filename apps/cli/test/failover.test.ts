/*
 * Real processes: the program spawns backends and balancer, kills one with -9, and reads three ledgers. That
 * these agree and nothing is lost, whatever the fault, are the cases failover/… and chaos/timeline of the
 * acceptance suite; here is what happens without protection, and to a run that is interrupted.
 */
import { readFileSync } from "node:fs";
import type { FailoverDocument } from "@evenkeel/loadtest";
import { expect, test } from "vitest";
import { runEvenkeel, spawnEvenkeel } from "./evenkeel.ts";

test("without retries the same death is seen by clients, and the comparison shows it", async () => {
  const load = "--rate 100/s --requests 120 --fault-after 25 --no-return --post-share 0%";
  const flags = [...load.split(" "), "--backends", "3"];
  const compare = ["--compare", "no retry + no breaker", "--json"];
  const { stdout, stderr } = await runEvenkeel("loadtest", "failover", ...flags, ...compare);
  const { runs } = JSON.parse(stdout) as FailoverDocument;
  const [configured, bare] = runs;
  expect(configured, stderr).toMatchObject({
    balancer: "as configured",
    counts: { sent: 120, errorResponses: 0, lost: 0 },
  });
  expect(bare).toMatchObject({ balancer: "no retry + no breaker", counts: { sent: 120, lost: 0 } });
  // A third of what is left goes to the dead one, until checks notice, which takes seconds.
  expect(bare?.counts.errorResponses).toBeGreaterThan(15);
  expect(bare?.thresholds).toEqual([]);
});

test("leaves nothing behind when it is interrupted, and says that it was", async () => {
  const load = ["--rate", "200/s", "--fault-at", "1s", "--return-after", "2s"];
  const flags = ["failover", ...load, "--backends", "2", "--json"];
  const program = spawnEvenkeel("loadtest", ...flags);
  await childProcessesOf(program.pid, (children) => children.length === 3);
  const children = await childProcessesOf(program.pid, () => true);
  program.kill("SIGINT");
  const { code, stdout } = await program.ended;
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ partial: true });
  for (const pid of children) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

/** Waits until the children of `pid` are as expected. */
async function childProcessesOf(
  pid: number,
  isExpected: (children: readonly number[]) => boolean,
): Promise<readonly number[]> {
  const file = `/proc/${pid}/task/${pid}/children`;
  for (;;) {
    const children = readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number);
    if (isExpected(children)) return children;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
