import { runToEnd } from "./child.ts";

/** What the demo reads of `evenkeel loadtest distribution --json`. */
export interface Distribution {
  readonly pass: boolean;
  readonly reasons: readonly string[];
  readonly totals: { readonly sent: number; readonly errors: number; readonly failed: number };
  readonly backends: readonly {
    readonly name: string;
    readonly requests: number;
    readonly share: number;
    readonly expectedShare: number;
  }[];
  readonly responsesPerSecond: number;
  readonly latency: { readonly p50: number; readonly p99: number };
}

/** Runs the load tester as a user would, and reads its JSON. */
export async function checkDistribution(origin: string, requests: number): Promise<Distribution> {
  const command = `loadtest distribution ${origin}/ --requests ${requests} --connections 50`;
  const checks = "--tolerance 5% --expect-backends 3 --strategy round-robin --no-progress --json";
  const { stdout, stderr, code } = await runToEnd(`${command} ${checks}`.split(" "));
  if (code !== 0 && code !== 99) throw new Error(`the load test failed (exit ${code}):\n${stderr}`);
  return JSON.parse(stdout) as Distribution;
}
