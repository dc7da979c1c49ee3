import { randomBytes } from "node:crypto";
import type { LedgerSources } from "../failover/ledgers/ledger-files.ts";
import { LoadtestError } from "../errors.ts";
import { parseThreshold, type Threshold } from "../thresholds/parse-threshold.ts";
import { loadVocabulary } from "./load-metrics.ts";
import { type LoadOptions, resolveLoadPlan } from "./load-options.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { RunPlan } from "./run-load.ts";

/** Options of a run; everything but `url` has a default. */
export interface RunOptions extends Omit<LoadOptions, "ledgerId"> {
  readonly thresholds?: readonly string[] | undefined;
  readonly abortOnFail?: boolean | undefined;
  /** Not before; needs `abortOnFail`. */
  readonly abortDelayMs?: number | undefined;
  readonly allowSaturation?: boolean | undefined;
  /** Gives every request an id and compares who saw what. */
  readonly ledger?: Partial<LedgerSources> | undefined;
  /** Retries may be this share of the requests; needs `ledger`. */
  readonly retryBudget?: number | undefined;
}

/** @throws LoadtestError `BAD_OPTION` with a message that names the value. */
export function resolveRun(options: RunOptions): RunPlan {
  const ledgers = resolveLedgers(options);
  const ledgerId = ledgers === undefined ? undefined : `e${randomBytes(4).toString("hex")}`;
  const load = resolveLoadPlan({ ...options, ledgerId });
  if (options.abortDelayMs !== undefined && options.abortOnFail !== true) {
    throw bad("--abort-delay says nothing without --abort-on-fail");
  }
  const asked = (options.thresholds ?? []).map((text) => parseThreshold(text, loadVocabulary));
  const thresholds = [...asked, ...impliedThresholds(options, { load, ledgers, asked })];
  for (const threshold of thresholds) checkTag(threshold, load);
  return {
    load,
    thresholds,
    ledgers,
    abortOnFailAfterMs: options.abortOnFail === true ? (options.abortDelayMs ?? 0) : undefined,
    allowsSaturation: options.allowSaturation ?? false,
  };
}

function resolveLedgers({ ledger, retryBudget }: RunOptions): LedgerSources | undefined {
  if (ledger !== undefined) {
    const { balancerLog, backendLedgers = new Map(), backendUrls = [] } = ledger;
    return { balancerLog, backendLedgers, backendUrls };
  }
  if (retryBudget !== undefined) throw bad("--retry-budget needs --ledger and --balancer-log");
  return undefined;
}

/** What a check or a ledger promises by itself, where no threshold of the user is about it. */
function impliedThresholds(
  { retryBudget }: RunOptions,
  {
    load,
    ledgers,
    asked,
  }: {
    readonly load: LoadPlan;
    readonly ledgers: LedgerSources | undefined;
    readonly asked: readonly Threshold[];
  },
): Threshold[] {
  const hasChecks = load.requests.some(({ checks }) => checks.length > 0);
  const hasBackends =
    ledgers !== undefined && ledgers.backendLedgers.size + ledgers.backendUrls.length > 0;
  const hasLog = ledgers?.balancerLog !== undefined;
  const implied = [
    ...(hasChecks ? ["checks: rate==100%"] : []),
    ...(ledgers === undefined ? [] : ["lost: count==0"]),
    ...(hasBackends || hasLog ? ["doubled: count==0"] : []),
    ...(hasBackends ? ["unexplained: count==0"] : []),
    ...(hasLog ? ["unlogged: count==0"] : []),
    ...(retryBudget === undefined ? [] : [`retries: rate<=${retryBudget * 100}%`]),
  ];
  return implied
    .map((text) => parseThreshold(text, loadVocabulary))
    .filter(({ metric }) => !asked.some((threshold) => threshold.metric === metric));
}

/** A request that does not exist would never be measured, and the threshold never be met. */
function checkTag({ metric, tag, text }: Threshold, { requests }: LoadPlan): void {
  if (tag === undefined || loadVocabulary.metrics[metric]?.tag !== "request") return;
  const names = requests.map(({ name }) => name);
  if (names.includes(tag)) return;
  throw bad(
    `threshold ${JSON.stringify(text)}: no request is called ${JSON.stringify(tag)}; there are ${names.join(", ")}`,
  );
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
