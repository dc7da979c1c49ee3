import type { IncomingMessage } from "node:http";
import type { FaultScope } from "./fault.ts";
import {
  duration,
  optional,
  type Parameter,
  parameter,
  pattern,
  positiveDuration,
  share,
  wholeNumber,
} from "./parameter.ts";

/** When and where a fault strikes; every fault has them, as far as they make sense for its scope. */
export interface Conditions {
  /** 0 to 1. */
  readonly probability: number;
  /** In capitals; undefined: any. */
  readonly method: string | undefined;
  /** What the undecoded path begins with; undefined: any. */
  readonly path: string | undefined;
  /** `name` (it is there) or `name:value`. */
  readonly header: string | undefined;
  /** Only on the backend of this name. */
  readonly backend: string | undefined;
  /** undefined: the backend's own. */
  readonly seed: number | undefined;
  /** Milliseconds from the moment it was set until it becomes active. */
  readonly start: number;
  /** How long it stays active, in milliseconds; undefined: until it is removed. */
  readonly for: number | undefined;
  /** How often it strikes; undefined: any number of times. */
  readonly count: number | undefined;
}

export type ConditionName = keyof Conditions;

export const conditionParameters: { readonly [K in ConditionName]: Parameter<Conditions[K]> } = {
  probability: parameter(share, "of the requests that match", "100%"),
  method: optional(
    pattern("methods like POST or GET|HEAD", /^[A-Z][A-Z-]*(\|[A-Z][A-Z-]*)*$/),
    "only these methods",
  ),
  path: optional(
    pattern("a path that begins with /, like /api/", /^\/[^\s?#]*$/),
    "only paths that begin so",
  ),
  header: optional(
    pattern("a field name, or name:value", /^[!#$%&'*+.^_`|~\w-]+(:.*)?$/),
    "only requests with that field",
  ),
  backend: optional(pattern("a backend's name", /./), "only on that backend"),
  seed: optional(wholeNumber(0, 2 ** 32 - 1), "other numbers, other decisions"),
  start: parameter(duration, "how long until it becomes active", "0s"),
  for: optional(positiveDuration, "how long it lasts"),
  count: optional(wholeNumber(1, 1_000_000_000), "how many times it strikes, on each backend"),
};

const namesByScope: Readonly<Record<FaultScope, readonly ConditionName[]>> = {
  request: Object.keys(conditionParameters) as ConditionName[],
  connection: ["probability", "count", "backend", "seed", "start", "for"],
  port: ["backend", "start", "for"],
};

/** Why a condition is missing here, for an error. */
export const scopeReasons: Readonly<Record<FaultScope, string>> = {
  request: "",
  connection: "strikes connections before a request is read",
  port: "strikes the whole port",
};

/** The conditions that a fault of this scope can have. */
export function conditionNamesOf(scope: FaultScope): readonly ConditionName[] {
  return namesByScope[scope];
}

/** The conditions of a fault that comes with one request: the others would need a memory. */
export const perRequestConditions: readonly ConditionName[] = ["probability", "backend"];

/** Whether the request is one of those that the conditions name. */
export function matchesRequest(
  { method, path, header }: Conditions,
  request: IncomingMessage,
  requestPath: string,
): boolean {
  if (method !== undefined && !method.split("|").includes(request.method ?? "")) return false;
  if (path !== undefined && !requestPath.startsWith(path)) return false;
  return header === undefined || hasField(request, header);
}

function hasField(request: IncomingMessage, header: string): boolean {
  const colon = header.indexOf(":");
  const name = colon === -1 ? header : header.slice(0, colon);
  const value = request.headers[name.toLowerCase()];
  if (value === undefined) return false;
  return colon === -1 || [value].flat().includes(header.slice(colon + 1).trim());
}
