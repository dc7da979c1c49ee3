import { expect, test } from "vitest";
import { failoverRunOf as runOf } from "../../test/failover-run.ts";
import { plain } from "../print/paint.ts";
import { failoverDocument } from "./document.ts";
import { renderFailover, renderSummary } from "./report.ts";

test("prints the accounting, the ledgers' disagreements by id, and every broken promise", () => {
  const text = renderFailover(runOf(["failed<1%", "p99<1ms"]), plain);
  expect(text).toContain("3,000 sent = 2,975 succeeded + 0 error responses + 25 lost");
  expect(text).toContain("reset × 25  (GET 25, POST 0)");
  expect(text).toContain("doubled    e1-7 (GET, seen 0, attempts 2)");
  expect(text).toMatch(/lost {7}e1-1000 e1-1001 .* e1-1019 … and 5 more/);
  expect(text).toContain("promise    ✗ doubled==0  (1)");
  expect(text).toContain("threshold  ✓ failed<1%  (25)");
  expect(text).toContain("✗ FAIL  kill: doubled==0: 1\n        p99<1ms: ");
});

test("does not let a name steer the terminal, and shows no password", () => {
  const run = runOf([]);
  const text = renderFailover(run, plain) + renderSummary([run], plain);
  expect(text).not.toContain("\u001B");
  expect(text).not.toContain("secret");
  expect(JSON.stringify(failoverDocument([run]))).not.toContain("secret");
});

test("says that a run is invalid in front of its verdict, and in the document", () => {
  const run = runOf([], 50);
  const text = renderFailover(run, plain);
  expect(text).toContain("✗ RUN INVALID  the generator was behind its own schedule");
  expect(text).not.toContain("✓ PASS");
  expect(failoverDocument([run])).toMatchObject({ invalid: true, partial: false });
});

test("the document survives JSON as it is, and lists twenty ids of a kind", () => {
  const document = failoverDocument([runOf(["readmission<1s"])]);
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  const [run] = document.runs;
  expect(run?.counts).toMatchObject({ lost: 25, doubled: 1, unexplained: null, sent: 3000 });
  expect(run?.counts.lostIds).toHaveLength(20);
  expect(run?.latency).toMatchObject({ count: 2975, p50: 3, max: 3 });
  expect(run?.windows).toHaveLength(30);
});
