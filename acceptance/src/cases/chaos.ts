import { type AcceptanceCase, type Figure, RunInvalid } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import { loadTest } from "../stage/loadtest.ts";
import type { Stage } from "../stage/stage.ts";
import { requireKept } from "./judge-times.ts";

/** What of `evenkeel loadtest chaos --json` is read. */
interface Document {
  readonly pass: boolean;
  readonly invalid: boolean;
  readonly invalidReasons: readonly string[];
  readonly counts: {
    readonly sent: number;
    readonly lost: number;
    readonly doubled: number | null;
    readonly kinds: Readonly<Record<string, number>>;
  };
  readonly windows: readonly { readonly broken: readonly string[] }[];
  readonly thresholds: readonly { readonly threshold: string; readonly verdict: string }[];
}

const timeline =
  "t=500ms: kill 1 for 1s; t=2500ms: storm-500 2 for 600ms; t=4s: refuse 3 for 600ms; t=5500ms: reset-before-head 1 for 600ms";

const settings = `version: 1
pools:
  web:
    backends: [{ url: http://127.0.0.1:1, id: one }, { url: http://127.0.0.1:1, id: two }, { url: http://127.0.0.1:1, id: three }]
    healthCheck: { path: /health, interval: 300ms, fastInterval: 100ms, timeout: 1s }
    circuitBreaker: { resetTimeout: 300ms }
`;

/**
 * Counts. Also a calm window has failures: what was on its way
 * when the next fault struck, and must not be tried again. They are few, however short the window has become.
 */
const limitsOfRun = ["doubled==0", "lost==0", "failed<10%", "calm: failed<=20"];

export const chaosCases: readonly AcceptanceCase[] = [
  caseOf("chaos", "timeline", {
    sentence:
      "four faults one after the other: nothing lost or doubled, and between them next to nothing fails",
    isAlone: true,
    limitMs: 90_000,
    check: checkTimeline,
  }),
];

async function checkTimeline(stage: Stage): Promise<readonly Figure[]> {
  const config = await stage.writeFile("evenkeel.yaml", settings);
  const load = ["--rate", "100/s", "--path", "/delay/100", "--duration", "7s", "--workers", "2"];
  const thresholdFlags = limitsOfRun.flatMap((limit) => ["--threshold", limit]);
  const command = ["chaos", "--config", config, "--timeline", timeline, ...load];
  const { code, document } = await loadTest<Document>(stage, [...command, ...thresholdFlags]);
  const { counts, windows, thresholds } = document;
  mustEqual([counts.lost, counts.doubled], [0, 0], "lost and doubled");
  const expected = [
    "kill of one",
    "storm-500 of two",
    "refuse of three",
    "reset-before-head of one",
  ];
  const broken = new Set(windows.flatMap((window) => window.broken));
  mustEqual([...broken], expected, "what was broken, in its order");
  must((counts.kinds["500"] ?? 0) > 0, "the storm reached nobody: was there one?");
  const missed = thresholds.filter(({ verdict }) => verdict !== "met");
  requireKept(
    missed.map(({ threshold }) => `${threshold} was not met`),
    document.invalidReasons,
  );
  // What is judged here are counts: they are facts, also of a generator that was late twice.
  if (code === 3 && !stage.isLastAttempt) {
    throw new RunInvalid(document.invalidReasons.join("; "));
  }
  const failed = Object.entries(counts.kinds).map(([kind, count]) => `${count} × ${kind}`);
  return [
    { name: "requests", value: `${counts.sent}` },
    { name: "lost or doubled", value: "0", bound: "0" },
    { name: "failures", value: failed.join(", ") || "none", bound: "< 10 %" },
  ];
}
