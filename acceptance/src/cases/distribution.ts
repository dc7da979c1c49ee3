/*
 * Who got how many requests. The verdict is the load tester's, which knows what each strategy promises and
 * shares no code with the balancer (docs/distribution.md).
 */
import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import { originsOf, startGroup } from "../stage/backend-group.ts";
import { loadTest } from "../stage/loadtest.ts";
import type { Settings, Stage } from "../stage/stage.ts";

/** What of `evenkeel loadtest distribution --json` is read. */
interface Document {
  readonly pass: boolean;
  readonly reasons: readonly string[];
  readonly totals: Readonly<Record<"sent" | "responses" | "errors" | "failed", number>>;
  readonly backends: readonly {
    readonly name: string;
    readonly requests: number;
    readonly share: number;
    readonly deviation: number | null;
  }[];
  readonly judgement: { readonly verdict: string; readonly promise: string } | null;
  readonly responsesPerSecond: number;
}

/** A strategy, and how many requests it takes to see a skew of 5 % (docs/distribution.md). */
interface Subject {
  /** What it picks depends on how fast answers come, so nothing else runs meanwhile. */
  readonly looksAtLoad?: boolean;
  readonly strategy: string;
  readonly requests: number;
  /** Of its backends, in order; one for each. */
  readonly weights: readonly number[];
  readonly flags?: readonly string[];
  /** It promises shares, and 5 % is the most that one may be off. */
  readonly promisesShares?: boolean;
}

const equal = [1, 1, 1];
/** Backends that answer at once are never busy, and then load says nothing. */
const underLoad = { flags: ["--latency", "5ms"], looksAtLoad: true } as const;

const subjects: readonly Subject[] = [
  { strategy: "round-robin", requests: 1_500, weights: equal, promisesShares: true },
  { strategy: "weighted-round-robin", requests: 1_600, weights: [5, 2, 1], promisesShares: true },
  { strategy: "random", requests: 34_500, weights: equal, promisesShares: true },
  { strategy: "weighted-random", requests: 34_500, weights: [2, 1], promisesShares: true },
  {
    strategy: "least-connections",
    requests: 28_000,
    weights: equal,
    ...underLoad,
    promisesShares: true,
  },
  {
    strategy: "power-of-two",
    requests: 28_000,
    weights: equal,
    ...underLoad,
    promisesShares: true,
  },
  { strategy: "least-response-time", requests: 3_000, weights: equal, ...underLoad },
  { strategy: "peak-ewma", requests: 3_000, weights: equal, ...underLoad },
  { strategy: "prequal", requests: 3_000, weights: equal, ...underLoad },
  { strategy: "first", requests: 300, weights: equal },
  { strategy: "ip-hash", requests: 300, weights: equal },
  { strategy: "consistent-hash", requests: 300, weights: equal },
  { strategy: "maglev", requests: 300, weights: equal },
  { strategy: "rendezvous", requests: 300, weights: equal },
];

const tolerance = 0.05;
const limitMs = 150_000;

/** A case for each strategy and number of workers, and those that compare processes or weights. */
export const distributionCases: readonly AcceptanceCase[] = [
  ...subjects.flatMap((subject) => [1, 2].map((workers) => distributionCase(subject, workers))),
  caseOf("distribution", "weighted-least-connections", {
    sentence:
      "least-connections gives the heavier of two backends more, as its weights of 3 to 1 say",
    isAlone: true,
    limitMs,
    check: async (stage) =>
      await checkShares(
        stage,
        { strategy: "least-connections", requests: 10_000, weights: [3, 1], ...underLoad },
        2,
        ["--tolerance", "20%"],
      ),
  }),
  caseOf("distribution", "processes", {
    sentence:
      "three backend processes behind two workers get equal shares of round robin, within 5 %",
    limitMs,
    check: checkProcesses,
  }),
];

function distributionCase(subject: Subject, workers: number): AcceptanceCase {
  const { strategy } = subject;
  const place = workers === 1 ? "one worker" : `${workers} workers`;
  return caseOf("distribution", `${strategy}-${workers}`, {
    sentence: `${strategy} keeps its promise with ${place}, and a skew of 5 % would have been seen`,
    isAlone: subject.looksAtLoad === true,
    limitMs,
    check: async (stage) => await checkShares(stage, subject, workers),
  });
}

async function checkShares(
  stage: Stage,
  subject: Subject,
  workers: number,
  flags: readonly string[] = [],
): Promise<readonly Figure[]> {
  const { strategy, requests, weights } = subject;
  const group = await startGroup(stage, weights.length, subject.flags);
  const isWeighted = new Set(weights).size > 1;
  const backends = group.origins.map((url, index): Settings => {
    return { url, ...(isWeighted ? { weight: weights[index] } : {}) };
  });
  const { origin } = await stage.proxyFor(backends, { strategy }, { workers });
  const named = group.names.map((name, index) => `${name}=${weights[index]}`).join(",");
  const size = ["--requests", String(requests), "--connections", "50"];
  const { code, document } = await loadTest<Document>(stage, [
    "distribution",
    `${origin}/`,
    "--strategy",
    strategy,
    ...size,
    ...(isWeighted ? ["--weights", named] : []),
    ...flags,
  ]);
  mustEqual([code, document.reasons], [0, []], "the load tester's verdict");
  mustEqual(document.judgement?.verdict, "pass", "the promise");
  requireWhole(document, requests);
  return figuresOf(document, subject.promisesShares === true);
}

async function checkProcesses(stage: Stage): Promise<readonly Figure[]> {
  const requests = 3_000;
  const { origin } = await stage.proxyFor(originsOf(await stage.backends(3)));
  const size = ["--requests", String(requests), "--connections", "50"];
  const limits = ["--tolerance", "5%", "--expect-backends", "3"];
  const command = ["distribution", `${origin}/`, ...size, ...limits];
  const { code, document } = await loadTest<Document>(stage, command);
  mustEqual([code, document.reasons], [0, []], "the load tester's verdict");
  requireWhole(document, requests);
  const counts = document.backends.map(({ requests: count }) => count);
  const spread = Math.max(...counts) - Math.min(...counts);
  must(spread <= 1, `round robin is exact over workers, and most − fewest was ${spread}`);
  return [
    ...figuresOf(document, true),
    { name: "most − fewest", value: `${spread}`, bound: "≤ 1" },
  ];
}

function requireWhole({ totals }: Document, requests: number): void {
  const { sent, responses, errors, failed } = totals;
  const whole = { sent: requests, responses: requests, errors: 0, failed: 0 };
  mustEqual({ sent, responses, errors, failed }, whole, "the requests");
}

function figuresOf(document: Document, promisesShares: boolean): readonly Figure[] {
  const shares = document.backends.map(({ share }) => percent(share)).join(" ");
  const figures: Figure[] = [
    { name: "shares", value: shares },
    { name: "of", value: `${document.totals.responses} requests` },
    { name: "at", value: `${Math.round(document.responsesPerSecond)}/s` },
  ];
  if (!promisesShares) return figures;
  const largest = Math.max(...document.backends.map(({ deviation }) => Math.abs(deviation ?? 0)));
  must(largest <= tolerance, `a share is ${percent(largest)} off, and 5 % are allowed`);
  return [{ name: "largest deviation", value: percent(largest), bound: "≤ 5 %" }, ...figures];
}

function percent(part: number): string {
  return `${(part * 100).toFixed(part < 0.1 ? 2 : 1)} %`;
}
