/*
 * A backend breaks under load. The load tester breaks it and reads three ledgers; what those say is a fact on
 * any machine. Times are judged against bounds that follow from the configuration below, plus what this very
 * run saw of the machine holding its programs up.
 */
import { type AcceptanceCase, type Figure, RunInvalid } from "../case.ts";
import { caseOf, mustEqual } from "../check.ts";
import { loadTest } from "../stage/loadtest.ts";
import type { Stage } from "../stage/stage.ts";
import { type ComparedTime, judgeTimes, requireKept } from "./judge-times.ts";

/** What of `evenkeel loadtest failover --json` is read. */
interface Document {
  readonly invalid: boolean;
  readonly runs: readonly Run[];
}

interface Run {
  readonly invalid: readonly string[];
  readonly compared: readonly ComparedTime[];
  readonly promises: readonly { readonly threshold: string; readonly verdict: string }[];
  readonly counts: {
    readonly sent: number;
    readonly lost: number;
    readonly doubled: number | null;
    readonly unexplained: number | null;
    readonly unlogged: number | null;
    readonly dropped: number;
    readonly retries: number | null;
    readonly unsuccessful: Readonly<Record<string, number>>;
    readonly entries: Readonly<Record<"client" | "balancer", number>>;
  };
  readonly times: Readonly<Record<"failedBefore" | "failedAfterReturn", number>>;
}

interface Fault {
  readonly name: string;
  readonly sentence: string;
  /** No GET may fail, since each can be tried elsewhere. */
  readonly savesGets: boolean;
  /** How long the victim may still answer well after the fault, each answer a success for the breaker. */
  readonly answersForMs: number;
  /** Which times have a bound; the others depend on what the fault does when. */
  readonly bounded: readonly string[];
  /** {@link quick} unless said otherwise. */
  readonly duration?: Duration;
}

interface Duration {
  /** How long the fault lasts. */
  readonly returnAfter: string;
  /** Longer than what is left of the fault when the breaker opens: no trial request meets it. */
  readonly resetTimeout: string;
}

/** The breaker opens with the first few requests. */
const quick: Duration = { returnAfter: "1500ms", resetTimeout: "1600ms" };
/**
 * The breaker opens when the first few requests have waited for `timeouts.response`, and not before; that traffic
 * has ended is seen when none came for half a second.
 */
const afterTimeouts: Duration = { returnAfter: "3s", resetTimeout: "1200ms" };
/** Two seconds down, and one up. */
const downAndUp: Duration = { returnAfter: "3s", resetTimeout: "3100ms" };

/** What a request takes at a backend, so that some are always on their way when it breaks. */
const serviceMs = 200;

const ends = "its traffic ends";
const last = "last failed request";
const back = "back in after its return";

const faults: readonly Fault[] = [
  {
    name: "kill",
    sentence:
      "kill -9: no GET fails, its traffic ends within the bound, and it is back after its restart",
    savesGets: true,
    answersForMs: 0,
    bounded: [ends, last, back],
  },
  {
    name: "stop",
    sentence: "SIGSTOP: a hanging backend is out within the bound, and back when it wakes up",
    savesGets: false,
    answersForMs: 0,
    bounded: [ends, last, back],
    duration: afterTimeouts,
  },
  {
    name: "storm-500",
    sentence:
      "a storm of 500s is ended by the breaker within the bound, and the backend comes back",
    savesGets: false,
    answersForMs: serviceMs,
    bounded: [ends, last, back],
  },
  {
    name: "refuse",
    sentence:
      "a port that refuses: no GET fails, its traffic ends within the bound, and it comes back",
    savesGets: true,
    // A kept connection serves one more request before it is closed.
    answersForMs: 2 * serviceMs,
    bounded: [ends, last, back],
  },
  {
    name: "flap",
    sentence: "a backend that flaps costs no GET, and nothing is lost or done twice",
    savesGets: true,
    answersForMs: 2 * serviceMs,
    bounded: [last, back],
    duration: downAndUp,
  },
  {
    name: "reset-before-head",
    sentence: "connections that are reset before a response cost no GET, and no POST is sent twice",
    savesGets: true,
    answersForMs: serviceMs,
    bounded: [ends, back],
  },
];

const settingsWith = (resetTimeout: string): string => `version: 1
pools:
  web:
    backends: [{ url: http://127.0.0.1:1, id: one }, { url: http://127.0.0.1:1, id: two }, { url: http://127.0.0.1:1, id: three }]
    healthCheck: { path: /health, interval: 300ms, fastInterval: 100ms, timeout: 1s }
    circuitBreaker: { resetTimeout: ${resetTimeout} }
    timeouts: { response: 2s }
    slowStart: off
`;

export const failoverCases: readonly AcceptanceCase[] = faults.map((fault) =>
  caseOf("failover", fault.name, {
    sentence: fault.sentence,
    isAlone: true,
    limitMs: 90_000,
    check: async (stage) => await checkFailover(stage, fault),
  }),
);

async function checkFailover(stage: Stage, fault: Fault): Promise<readonly Figure[]> {
  const { returnAfter, resetTimeout } = fault.duration ?? quick;
  const config = await stage.writeFile("evenkeel.yaml", settingsWith(resetTimeout));
  const system = ["--config", config, "--workers", "2"];
  const load = ["--path", `/delay/${serviceMs}`, "--rate", "100/s"];
  const moments = ["--fault-at", "500ms", "--return-after", returnAfter];
  const command = ["failover", "--fault", fault.name, ...system, ...load, ...moments];
  const { code, document } = await loadTest<Document>(stage, command);
  const [run] = document.runs;
  if (run === undefined) throw new Error("the document has no run");
  const facts = requireLedgers(run, fault);
  if (code === 3 && !stage.isLastAttempt) throw new RunInvalid(run.invalid.join("; "));
  const noise = { stallMs: stage.stalls.longestMs, invalid: run.invalid };
  const times = run.compared.filter(({ what }) => fault.bounded.includes(what));
  return [...facts, ...judgeTimes(times, fault.answersForMs, noise), ...lateness(run)];
}

/** True whatever the machine did: what was lost, done twice or not written down. */
function requireLedgers(run: Run, fault: Fault): readonly Figure[] {
  const { counts } = run;
  const { sent, lost, doubled, unexplained, unlogged, dropped } = counts;
  const none = { lost: 0, doubled: 0, unexplained: 0, unlogged: 0, dropped: 0 };
  mustEqual({ lost, doubled, unexplained, unlogged, dropped }, none, "the ledgers");
  const { client, balancer } = counts.entries;
  mustEqual([client, balancer], [sent, sent], "entries in the ledgers");
  requireKept(unkept(run, fault), run.invalid);
  const failedGets = `${counts.unsuccessful["GET"] ?? 0}`;
  return [
    { name: "failed GETs", value: failedGets, ...(fault.savesGets ? { bound: "0" } : {}) },
    { name: "requests", value: `${sent}, none lost or doubled` },
    { name: "retries", value: `${counts.retries ?? 0}` },
  ];
}

/** What failed although it should not have. */
function unkept({ counts, times, promises }: Run, { savesGets }: Fault): readonly string[] {
  const failedGets = savesGets ? (counts.unsuccessful["GET"] ?? 0) : 0;
  const outside = times.failedBefore + times.failedAfterReturn;
  return [
    ...(outside > 0 ? [`${outside} requests failed before the fault or after it`] : []),
    ...(failedGets > 0 ? [`${failedGets} GETs failed`] : []),
    ...promises
      .filter(({ verdict }) => verdict !== "met")
      .map(({ threshold }) => `${threshold} was not met`),
  ];
}

/**
 * A generator that is behind its schedule makes times longer and never shorter, as long as it sends everything
 * that is due: the ledgers say that it did. So a time within its bound is one all the same.
 */
function lateness({ invalid }: Run): readonly Figure[] {
  return invalid.map((reason) => ({ name: "times are upper limits:", value: reason }));
}
