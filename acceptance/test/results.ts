import type { CaseResult, SuiteResult } from "../src/run/case-result.ts";
import { fakeCase } from "./fake-case.ts";

const plain: CaseResult = {
  case: fakeCase({ id: "routing/kept", sentence: "a route is found" }),
  round: 1,
  verdict: "pass",
  durationMs: 1_234,
  figures: [{ name: "shares", value: "33.3 %", bound: "≤ 5 %" }],
  problem: "",
  notes: [],
  evidence: [],
};

const nasty = `<script>alert("1 & 2")</script>\u0000\u001B[31m ]]> \uFFFF`;

/** One result of every kind, with text that no report may take for its own. */
export const mixedResult: SuiteResult = {
  startedAt: "2026-01-02T03:04:05.678Z",
  durationMs: 65_432,
  isPartial: false,
  cases: [
    plain,
    { ...plain, round: 2, notes: ["tried twice: the first run was invalid (saturated)"] },
    {
      ...plain,
      case: fakeCase({
        id: "failover/kill",
        group: "failover",
        sentence: `no GET <fails> & "all" is well`,
      }),
      verdict: "fail",
      figures: [],
      problem: `the ledgers: ${nasty}\nsecond line`,
      evidence: [{ title: "$ evenkeel proxy", text: `{"msg":${JSON.stringify(nasty)}}${nasty}` }],
    },
    {
      ...plain,
      case: fakeCase({ id: "failover/stop", group: "failover" }),
      verdict: "error",
      problem: "Error: no backend",
    },
    {
      ...plain,
      case: fakeCase({ id: "failover/flap", group: "failover" }),
      verdict: "invalid",
      problem: "the generator was saturated",
    },
    {
      ...plain,
      case: fakeCase({ id: "reload/signal", group: "reload" }),
      verdict: "pending",
      problem: "not built yet",
      durationMs: 0,
    },
  ],
};
