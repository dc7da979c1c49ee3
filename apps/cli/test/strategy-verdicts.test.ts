import { expect, test } from "vitest";
import { startProxyFor } from "./evenkeel.ts";
import { runInProcess } from "./in-process.ts";
import { startBackends } from "./local-servers.ts";
import { startSkewedBalancer } from "./skewed-balancer.ts";

interface Document {
  readonly pass: boolean;
  readonly reasons: readonly string[];
  readonly totals: Readonly<Record<"sent" | "responses" | "errors" | "failed", number>>;
  readonly judgement: { readonly verdict: string; readonly pValue: number | null };
}

interface Judged extends Document {
  readonly code: number | null;
}

async function judge(origin: string, ...flags: readonly string[]): Promise<Judged> {
  const command = ["loadtest", "distribution", `${origin}/`, "--expect-backends", "3", "--json"];
  const { code, stdout } = await runInProcess(...command, ...flags);
  return { code, ...(JSON.parse(stdout) as Document) };
}

async function originsOf(count: number): Promise<string[]> {
  return (await startBackends(count)).map(({ origin }) => origin);
}

test("a real round robin over 2 workers, 3 backends and 50 connections is exact over 1,000 requests", async () => {
  const balancer = await startProxyFor(await originsOf(3));
  const flags = ["--requests", "1000", "--connections", "50", "--strategy", "round-robin"];
  const judged = await judge(balancer.origin, ...flags);
  expect(judged.reasons).toEqual([]);
  expect(judged).toMatchObject({ code: 0, pass: true, judgement: { verdict: "pass" } });
  expect(judged.totals).toMatchObject({ sent: 1000, responses: 1000, errors: 0, failed: 0 });
});

test("a balancer that skews one request in 50 fails, although it is within ±5 % of equal shares", async () => {
  const origin = await startSkewedBalancer(await originsOf(3), 50);
  const plain = await judge(origin, "--requests", "2000");
  expect(plain).toMatchObject({ code: 0, pass: true });
  const judged = await judge(origin, "--strategy", "round-robin", "--requests", "2000");
  expect(judged).toMatchObject({ code: 99, pass: false, judgement: { verdict: "fail" } });
  expect(judged.totals).toMatchObject({ sent: 2000, responses: 2000, errors: 0, failed: 0 });
  expect(judged.reasons[0]).toMatch(
    /^most − fewest is \d\d \(Server-1 \d+, Server-[23] \d+\), where round robin allows 1$/,
  );
});
