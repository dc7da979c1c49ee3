import type { Finding } from "../src/scorecard/checks/check.ts";
import { checks } from "../src/scorecard/checks/registry.ts";
import type { Scorecard } from "../src/scorecard/scorecard.ts";

const findings: readonly Finding[] = [
  { verdict: "pass", value: "±0.1 %" },
  { verdict: "pass", value: "31 of 31 refused or harmless" },
  {
    verdict: "fail",
    value: "12 lost, felt for 3.4 s",
    note: "GET: 12 × 502; see proxy_next_upstream",
  },
  { verdict: "not-applicable", value: "", note: "has no sticky sessions without a plug-in" },
];

/** Every check against four balancers, with one of each kind of answer in every row; always the same. */
export function sampleScorecard(): Scorecard {
  return {
    startedAt: "2026-01-02T03:04:05.000Z",
    durationMs: 412_000,
    environment: { node: "26.10.0", system: "Linux 6.8.0 x64", cores: 2 },
    targets: [
      { name: "nginx", version: "1.26.3" },
      { name: "haproxy", version: "3.0.11" },
      { name: "caddy", version: "2.6.2" },
      { name: "evenkeel", version: "0.1.0" },
    ],
    rows: checks.map(({ name, group, title, rule }, row) => ({
      check: { name, group, title, rule },
      findings: [0, 1, 2, 3].map((column) => findings[(row + column) % 4] as Finding),
    })),
    isPartial: false,
  };
}
