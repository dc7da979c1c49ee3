import { styleText } from "node:util";
import type { Distribution } from "./distribution.ts";
import type { FailoverResult } from "./failover.ts";

export interface Check {
  readonly name: string;
  readonly pass: boolean;
  readonly figure: string;
}

/** What was promised beside what was measured. `workers` bounds how far round robin may be off. */
export function checksOf(
  distribution: Distribution,
  failover: FailoverResult,
  proxyExit: number,
  workers: number,
): readonly Check[] {
  const counts = distribution.backends.map(({ requests }) => requests);
  const spread = Math.max(...counts) - Math.min(...counts);
  const { failed, requests, failures } = failover;
  return [
    {
      name: "every share within ±5 %",
      pass: distribution.pass,
      figure: distribution.backends.map(({ share }) => percent(share)).join(" / "),
    },
    {
      name: `round robin exact over ${workers} workers (max − min ≤ ${workers})`,
      pass: spread <= workers,
      figure: `${counts.join(" / ")}, max − min ${spread}`,
    },
    {
      name: "no GET failed when a backend was killed",
      pass: failed === 0,
      figure: `${failed} of ${requests} failed${failed > 0 ? ` (${failures.join(", ")})` : ""}`,
    },
    {
      name: "the balancer drained and exited 0",
      pass: proxyExit === 0,
      figure: `exit ${proxyExit}`,
    },
  ];
}

export function distributionLines(distribution: Distribution): readonly string[] {
  const rows = distribution.backends.map(({ name, requests, share }) => {
    const bar = "█".repeat(Math.round(share * 60));
    return `  ${name.padEnd(10)} ${String(requests).padStart(6)}  ${percent(share).padStart(7)}  ${bar}`;
  });
  const { responsesPerSecond, latency, totals } = distribution;
  const rate = Math.round(responsesPerSecond).toLocaleString("en-US");
  const times = `p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`;
  return [
    ...rows,
    `  ${totals.sent} requests, ${totals.errors} errors, ${rate} requests/s, ${times}`,
  ];
}

export function failoverLines(result: FailoverResult): readonly string[] {
  const last = result.lastFailureMs;
  return [
    `  failed requests            ${result.failed} of ${result.requests}`,
    `  last failed request        ${last === null ? "none" : `${ms(last)} after the kill`}`,
    `  last answer of the victim  ${when(result.lastAnswerOfVictimMs)} the kill`,
    `  slowest request            ${ms(result.slowestMs)}`,
    `  out of the rotation        ${ms(result.takenOutMs)} after the kill (until then its requests move on)`,
    `  confirmed by a check       ${ms(result.confirmedMs)} after the kill`,
    `  back in after the restart  ${ms(result.backInMs)}, first answer after ${ms(result.firstAnswerAfterRestartMs)}`,
  ];
}

export function verdictLines(checks: readonly Check[]): readonly string[] {
  return checks.map(({ name, pass, figure }) => {
    const mark = pass ? styleText("green", "✓ pass") : styleText("red", "✗ FAIL");
    return `  ${mark}  ${name}: ${figure}`;
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function when(afterMs: number): string {
  return afterMs < 0 ? `${ms(-afterMs)} before` : `${ms(afterMs)} after`;
}

function ms(value: number): string {
  return value < 1_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(2)} s`;
}
