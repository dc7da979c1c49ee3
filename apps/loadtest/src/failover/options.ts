import { type ArrivalProcess, arrivalProcesses } from "../engine/arrivals.ts";
import { LoadtestError } from "../errors.ts";
import type { FailoverLoad, FailoverPlan } from "./failover-plan.ts";
import type { FaultKind } from "./faults/fault-kind.ts";
import { allKinds, faultKinds, faultNamed } from "./faults/registry.ts";
import { parseThreshold } from "./judge/thresholds.ts";
import { parseVariants } from "./protections.ts";

/** Options of a failover check; everything has a default. */
export interface FailoverOptions {
  /** Names of faults, or `all-kinds`. Default `kill`. */
  readonly faults?: readonly string[] | undefined;
  readonly ratePerSecond?: number | undefined;
  readonly arrivals?: string | undefined;
  readonly postShare?: number | undefined;
  readonly path?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxInFlight?: number | undefined;
  readonly backendHeader?: string | undefined;
  readonly seed?: number | undefined;
  readonly requests?: number | undefined;
  /** From the start of the load; not together with `faultAfterRequests`. */
  readonly faultAtMs?: number | undefined;
  readonly faultAfterRequests?: number | undefined;
  /** From the fault; `false`: the victims stay broken. */
  readonly returnAfterMs?: number | false | undefined;
  readonly durationMs?: number | undefined;
  readonly thresholds?: readonly string[] | undefined;
  readonly abortOnFail?: boolean | undefined;
  /** Not before; needs `abortOnFail`. */
  readonly abortDelayMs?: number | undefined;
  /** `no retry, no breaker`: the same again without; see {@link parseVariants}. */
  readonly compare?: string | undefined;
}

/** The defaults, as the command's help prints them. */
export const failoverDefaults: {
  /** The rate of the issue: a backend of five gets 100 requests in a second. */
  readonly ratePerSecond: number;
  readonly postShare: number;
  /** Enough for a second of a pool that hangs. */
  readonly maxInFlight: number;
  readonly faultAtMs: number;
  readonly returnAfterMs: number;
  readonly backendHeader: string;
} = {
  ratePerSecond: 500,
  postShare: 0.2,
  maxInFlight: 1000,
  faultAtMs: 5000,
  returnAfterMs: 10_000,
  backendHeader: "X-Backend",
};

/** @throws LoadtestError `BAD_OPTION` with a message that names the value. */
export function resolveFailover(options: FailoverOptions): FailoverPlan[] {
  const load = resolveLoad(options);
  const faultAtMs = resolveFaultAt(options, load);
  const { returnAfterMs = failoverDefaults.returnAfterMs } = options;
  const common = {
    load,
    faultAtMs,
    returnAfterMs: returnAfterMs === false ? undefined : returnAfterMs,
    durationMs: resolveDuration(options, faultAtMs, load),
    thresholds: (options.thresholds ?? []).map(parseThreshold),
    abortOnFailAfterMs: resolveAbort(options),
  };
  const variants = [[], ...(options.compare === undefined ? [] : parseVariants(options.compare))];
  return resolveFaults(options.faults ?? ["kill"]).flatMap((fault) =>
    variants.map((without) => ({ ...common, fault, without })),
  );
}

/** Defaults and limits of the load alone; chaos uses them, too. */
export function resolveLoad(options: FailoverOptions): FailoverLoad {
  const { requests, timeoutMs, seed = 1 } = options;
  const ratePerSecond = options.ratePerSecond ?? failoverDefaults.ratePerSecond;
  const maxInFlight = options.maxInFlight ?? failoverDefaults.maxInFlight;
  const postShare = options.postShare ?? failoverDefaults.postShare;
  if (!(ratePerSecond > 0 && ratePerSecond <= 100_000)) {
    throw bad(`rate must be above 0 and at most 100000/s, not ${ratePerSecond}/s`);
  }
  if (postShare > 1) throw bad(`the share of POST must be at most 100%, not ${postShare * 100}%`);
  if (maxInFlight < 1) throw bad(`max in flight must be at least 1, not ${maxInFlight}`);
  if (requests !== undefined && requests < 1) throw bad(`requests must be at least 1`);
  return {
    ratePerSecond,
    arrivals: resolveArrivals(options.arrivals ?? "constant"),
    postShare,
    path: resolvePath(options.path ?? "/"),
    timeoutMs: positive("timeout", timeoutMs),
    maxInFlight,
    backendHeader: options.backendHeader ?? failoverDefaults.backendHeader,
    seed,
    requests,
  };
}

/** @throws LoadtestError `BAD_OPTION` for a delay of nothing. */
export function resolveAbort(
  options: Pick<FailoverOptions, "abortOnFail" | "abortDelayMs">,
): number | undefined {
  const { abortOnFail, abortDelayMs } = options;
  if (abortOnFail === true) return abortDelayMs ?? 0;
  if (abortDelayMs === undefined) return undefined;
  throw bad("--abort-delay says nothing without --abort-on-fail");
}

function resolveFaults(names: readonly string[]): readonly FaultKind[] {
  return names.flatMap((name) => (name === allKinds ? faultKinds : [faultNamed(name)]));
}

/** A number of requests is a moment, since they come at a fixed rate. */
function resolveFaultAt(
  { faultAtMs, faultAfterRequests, requests }: FailoverOptions,
  { ratePerSecond }: FailoverLoad,
): number {
  if (faultAfterRequests === undefined) return faultAtMs ?? failoverDefaults.faultAtMs;
  if (faultAtMs !== undefined) throw bad("give --fault-at or --fault-after, not both");
  if (requests !== undefined && faultAfterRequests >= requests) {
    throw bad(`the fault after ${faultAfterRequests} requests would come after all ${requests}`);
  }
  // Half a gap later: the request of that number is on its way, the next one is not.
  return ((faultAfterRequests - 0.5) * 1000) / ratePerSecond;
}

function resolveDuration(
  { durationMs, requests }: FailoverOptions,
  faultAtMs: number,
  { ratePerSecond }: FailoverLoad,
): number | undefined {
  const resolved =
    requests === undefined
      ? positive("duration", durationMs)
      : Math.min(durationMs ?? Infinity, (requests / ratePerSecond) * 1000 * 2 + 1000);
  if (resolved !== undefined && resolved <= faultAtMs) {
    throw bad(`the load ends after ${resolved} ms, before the fault at ${faultAtMs} ms`);
  }
  return resolved;
}

function resolveArrivals(name: string): ArrivalProcess {
  const found = arrivalProcesses.find((process) => process === name);
  if (found !== undefined) return found;
  throw bad(`arrivals are ${arrivalProcesses.join(" or ")}, not ${JSON.stringify(name)}`);
}

function resolvePath(path: string): string {
  if (/^\/[^\s#]*$/.test(path)) return path;
  throw bad(`path ${JSON.stringify(path)} must begin with / and hold no space and no #`);
}

function positive(name: string, ms: number | undefined): number | undefined {
  if (ms === undefined || (ms > 0 && ms < 2 ** 31)) return ms;
  throw bad(`${name} must be above 0 and below 24 days, not ${ms} ms`);
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
