import { expect, test } from "vitest";
import { runEvenkeel, startBackends, startProxyFor } from "./evenkeel.ts";

interface Document {
  readonly pass: boolean;
  readonly totals: Readonly<Record<"sent" | "responses" | "errors" | "failed", number>>;
  readonly backends: readonly { readonly name: string; readonly requests: number }[];
}

test("1,000 requests over 50 connections, 3 backends and 2 workers: round robin is exact", async () => {
  const backends = await startBackends(3);
  const balancer = await startProxyFor(backends.map(({ origin }) => origin));
  const flags = "--requests 1000 --connections 50 --tolerance 5% --expect-backends 3 --json";
  const command = ["loadtest", "distribution", balancer.origin, ...flags.split(" ")];
  const { code, stdout } = await runEvenkeel(...command);
  const document = JSON.parse(stdout) as Document;
  const counts = document.backends.map(({ requests }) => requests);
  expect(document.totals).toMatchObject({ sent: 1000, responses: 1000, errors: 0, failed: 0 });
  expect(document.backends.map(({ name }) => name)).toEqual(["Server-1", "Server-2", "Server-3"]);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
  expect(document.pass).toBe(true);
  expect(code).toBe(0);
});
