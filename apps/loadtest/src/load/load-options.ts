/* What people ask of a load, filled in and checked. */
import { type ArrivalProcess, arrivalProcesses } from "../engine/arrivals.ts";
import { openLoopMethods } from "../engine/client-ledger.ts";
import { sendableMethods } from "../engine/plan.ts";
import { combineFields, isFieldName } from "../engine/request-fields.ts";
import { LoadtestError } from "../errors.ts";
import type { LoadPlan, LoadShape, RequestKind, ResponseCheck } from "./load-plan.ts";
import { readTemplate } from "./request-template.ts";
import { placeStages, profileNamed, stagesOfProfile, type TypedStage } from "./stages.ts";

/** One kind of request as it was asked for; what it leaves out comes from the options around it. */
export interface RequestOptions {
  readonly name?: string | undefined;
  readonly weight?: number | undefined;
  readonly method?: string | undefined;
  /** Path and query; may hold placeholders. */
  readonly path?: string | undefined;
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
  readonly body?: string | undefined;
  readonly checks?: readonly ResponseCheck[] | undefined;
}

/** Options of a load; everything but `url` has a default. */
export interface LoadOptions extends RequestOptions {
  readonly url: string;
  /** Instead of the one request that the options around it describe. */
  readonly requestKinds?: readonly RequestOptions[] | undefined;
  readonly connections?: number | undefined;
  readonly requests?: number | undefined;
  readonly durationMs?: number | undefined;
  /** Makes the loop an open one, as do `stages` and `profile`. */
  readonly ratePerSecond?: number | undefined;
  readonly arrivals?: string | undefined;
  readonly stages?: readonly TypedStage[] | undefined;
  readonly profile?: string | undefined;
  readonly maxInFlight?: number | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
  readonly warmupMs?: number | undefined;
  readonly backendHeader?: string | undefined;
  readonly seed?: number | undefined;
  readonly workers?: number | undefined;
  readonly ledgerId?: string | undefined;
  readonly csvFile?: string | undefined;
}

/** The defaults, as the command's help prints them. */
export const loadDefaults: {
  readonly connections: number;
  readonly durationMs: number;
  readonly maxInFlight: number;
  readonly timeoutMs: number;
  readonly backendHeader: string;
  readonly seed: number;
  readonly workers: number;
} = {
  connections: 50,
  durationMs: 10_000,
  /** Enough for a second of a thousand requests a second that hang. */
  maxInFlight: 1000,
  timeoutMs: 10_000,
  backendHeader: "X-Backend",
  seed: 1,
  workers: 1,
};

/** @throws LoadtestError `BAD_OPTION` with a message that names the value. */
export function resolveLoadPlan(options: LoadOptions): LoadPlan {
  const { origin, target, authorization } = splitUrl(options.url);
  const backendHeader = options.backendHeader ?? loadDefaults.backendHeader;
  if (!isFieldName(backendHeader)) throw bad(`backend header ${quote(backendHeader)} is no name`);
  const kinds = options.requestKinds ?? [{}];
  const workers = options.workers ?? loadDefaults.workers;
  atLeast(1, "workers", workers);
  const shape = resolveShape(options, workers);
  return {
    origin,
    requests: kinds.map((kind, index) =>
      resolveKind({ ...kind, path: kind.path ?? target }, options, { index, authorization }),
    ),
    shape,
    keepAlive: options.keepAlive ?? true,
    timeoutMs: time("timeout", options.timeoutMs ?? loadDefaults.timeoutMs),
    warmupMs: options.warmupMs ?? 0,
    backendHeader,
    seed: options.seed ?? loadDefaults.seed,
    workers,
    ledgerId: options.ledgerId,
    csvFile: options.csvFile,
  };
}

/** A URL keeps its placeholders: a parser would encode their braces and blanks. */
function splitUrl(url: string): {
  readonly origin: string;
  readonly target: string;
  readonly authorization: string | undefined;
} {
  const full = url.includes("://") ? url : `http://${url}`;
  const match = /^(https?:\/\/[^/?#]+)([^#]*)/.exec(full);
  const parsed = match?.[1] === undefined ? null : URL.parse(match[1]);
  if (parsed === null) throw bad(`${quote(url)} is not an http or https URL`);
  const { username, password } = parsed;
  const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization =
    username === "" ? undefined : `Basic ${Buffer.from(userinfo).toString("base64")}`;
  const rest = match?.[2] ?? "";
  return { origin: parsed.origin, target: rest.startsWith("/") ? rest : `/${rest}`, authorization };
}

function resolveKind(
  kind: RequestOptions,
  common: LoadOptions,
  { index, authorization }: { readonly index: number; readonly authorization: string | undefined },
): RequestKind {
  const { path: target = "/", weight = 1, body = common.body } = kind;
  const method = (
    kind.method ??
    common.method ??
    (body === undefined ? "GET" : "POST")
  ).toUpperCase();
  const known = openLoopMethods.find((name) => name === method);
  if (known === undefined) {
    throw bad(`method ${quote(method)} is not one of ${sendableMethods.join(", ")}`);
  }
  if (!(weight > 0 && Number.isFinite(weight))) throw bad(`weight must be above 0, not ${weight}`);
  const name = kind.name ?? (common.requestKinds === undefined ? "request" : `${index + 1}`);
  const credentials =
    authorization === undefined ? [] : [["Authorization", authorization] as const];
  const headers = combineFields([
    ...credentials,
    ...(common.headers ?? []),
    ...(kind.headers ?? []),
  ]);
  checkTemplate(`path of ${name}`, target);
  if (!/^\/[^\s#]*$/.test(target.replaceAll(/\{\{[^{}]*\}\}/g, ""))) {
    throw bad(`path ${quote(target)} must begin with / and hold no space and no #`);
  }
  for (const [field, value] of Object.entries(headers)) checkTemplate(`header ${field}`, value);
  if (body !== undefined) checkTemplate(`body of ${name}`, body);
  return {
    name,
    weight,
    method: known,
    target,
    headers,
    body,
    checks: [...(common.checks ?? []), ...(kind.checks ?? [])],
  };
}

function checkTemplate(what: string, text: string): void {
  const read = readTemplate(text);
  if (!read.ok) throw bad(`${what}, column ${read.column}: ${read.message}`);
}

function resolveShape(options: LoadOptions, workers: number): LoadShape {
  const { ratePerSecond, stages, profile, requests } = options;
  if (requests !== undefined) atLeast(1, "requests", requests);
  const isOpen = ratePerSecond !== undefined || stages !== undefined || profile !== undefined;
  if (isOpen) return resolveOpen(options, workers);
  for (const name of ["maxInFlight", "arrivals"] as const) {
    if (options[name] !== undefined) {
      const flag = name === "arrivals" ? "--arrivals" : "--max-in-flight";
      throw bad(`${flag} is for an open loop: give a --rate, --stage or --profile`);
    }
  }
  const durationMs =
    options.durationMs ?? (requests === undefined ? loadDefaults.durationMs : undefined);
  const wanted = options.connections ?? Math.max(workers, loadDefaults.connections);
  atLeast(1, "connections", wanted);
  const connections = Math.min(wanted, requests ?? wanted);
  if (connections < workers) {
    throw bad(
      `${workers} workers need at least as many connections and requests, not ${connections}`,
    );
  }
  return { loop: "closed", connections, requests, durationMs: optionalTime(durationMs) };
}

function resolveOpen(options: LoadOptions, workers: number): LoadShape {
  if (options.connections !== undefined) {
    throw bad("--connections is for a closed loop; with a rate, --max-in-flight limits them");
  }
  const maxInFlight = options.maxInFlight ?? loadDefaults.maxInFlight;
  atLeast(workers, "max in flight", maxInFlight);
  const stages = placeStages(...typedStages(options));
  if (!stages.some(({ fromPerSecond, toPerSecond }) => fromPerSecond + toPerSecond > 0)) {
    throw bad("with these stages nothing would ever be sent");
  }
  for (const { toPerSecond } of stages) {
    if (toPerSecond > 100_000) throw bad(`a rate must be at most 100000/s, not ${toPerSecond}/s`);
  }
  const { requests } = options;
  return {
    loop: "open",
    stages,
    arrivals: resolveArrivals(options.arrivals),
    requests,
    maxInFlight,
  };
}

function typedStages(
  options: LoadOptions,
): [stages: readonly TypedStage[], startPerSecond: number] {
  const { ratePerSecond = 0, stages, profile, requests } = options;
  if (stages !== undefined && profile !== undefined)
    throw bad("give --stage or --profile, not both");
  if (stages !== undefined) {
    if (options.durationMs !== undefined)
      throw bad("stages have their own times; leave --duration out");
    return [stages, ratePerSecond];
  }
  const durationMs = optionalTime(options.durationMs);
  if (profile !== undefined) {
    const placed = stagesOfProfile(profileNamed(profile), options.ratePerSecond, durationMs);
    return [placed.stages, placed.startPerSecond];
  }
  // Twice as long as it takes on average, for arrivals by chance.
  const longest = requests === undefined ? undefined : (requests / ratePerSecond) * 2000 + 1000;
  const held = durationMs ?? longest ?? loadDefaults.durationMs;
  return [[{ durationMs: held, perSecond: ratePerSecond }], ratePerSecond];
}

function resolveArrivals(name = "constant"): ArrivalProcess {
  const found = arrivalProcesses.find((process) => process === name);
  if (found !== undefined) return found;
  throw bad(`arrivals are ${arrivalProcesses.join(" or ")}, not ${quote(name)}`);
}

function optionalTime(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : time("duration", ms);
}

function time(name: string, ms: number): number {
  if (ms > 0 && ms < 2 ** 31) return ms;
  throw bad(`${name} must be above 0 and below 24 days, not ${ms} ms`);
}

function atLeast(least: number, name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw bad(`${name} must be a whole number of at least ${least}, not ${value}`);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
