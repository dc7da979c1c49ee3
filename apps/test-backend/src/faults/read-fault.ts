import { nearestName } from "@evenkeel/config/nearest-name";
import {
  type ConditionName,
  conditionNamesOf,
  conditionParameters,
  type Conditions,
  perRequestConditions,
  scopeReasons,
} from "./conditions.ts";
import type { FaultAction, FaultKind } from "./fault.ts";
import { FaultError, type FaultSpec, type FaultValue } from "./fault-spec.ts";
import type { Parameter } from "./parameter.ts";
import { faultKinds, findFaultKind } from "./registry.ts";

/** A fault that was read and is sure to work; it can be put on any number of backends. */
export interface ReadFault {
  readonly name: string;
  readonly conditions: Conditions;
  /** As it was written, for `GET /__faults`. */
  readonly spec: FaultSpec;
  readonly scope: FaultAction["scope"];
  /** True when, once in force, nothing but the control listener can end it. */
  readonly locksOutForGood: boolean;
  /** A new action with its own state. */
  createAction(): FaultAction;
}

/** Reads one fault; throws a FaultError that names the valid values. */
export function readFault(spec: FaultSpec): ReadFault {
  const kind = findFaultKind(spec.fault);
  if (kind === undefined) throw new FaultError(explainUnknownFault(spec.fault));
  const values = readValues(spec, kind.parameters, kind.name);
  const createAction = (): FaultAction => createOrExplain(kind, values);
  const action = createAction();
  const { scope } = action;
  refuseUnknown(spec, kind, scope);
  // Read by the readers of Conditions.
  const conditions = readValues(spec, conditionParameters, kind.name) as unknown as Conditions;
  return {
    name: kind.name,
    conditions,
    spec,
    scope,
    locksOutForGood: action.scope !== "request" && action.locksOut && conditions.for === undefined,
    createAction,
  };
}

/** Reads a fault that comes with one request, in `X-Fault` or `?fault=`. */
export function readRequestFault(spec: FaultSpec): ReadFault {
  const fault = readFault(spec);
  if (fault.scope !== "request") {
    throw new FaultError(
      `${fault.name} ${scopeReasons[fault.scope]}: one request cannot ask for it`,
    );
  }
  const outlasting = Object.keys(spec).find((name) => isCondition(name) && !isPerRequest(name));
  if (outlasting !== undefined) {
    const valid = perRequestConditions.join(" and ");
    throw new FaultError(`${fault.name} of one request takes no ${outlasting}, only ${valid}`);
  }
  return fault;
}

function explainUnknownFault(name: string): string {
  const names = faultKinds.map((kind) => kind.name);
  const nearest = nearestName(name, names);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  return `there is no fault "${name}".${hint} Valid: ${names.join(", ")}`;
}

function createOrExplain(kind: FaultKind, values: Readonly<Record<string, unknown>>): FaultAction {
  const action = kind.create(values);
  if (typeof action === "string") throw new FaultError(`${kind.name}: ${action}`);
  return action;
}

function refuseUnknown(spec: FaultSpec, kind: FaultKind, scope: FaultAction["scope"]): void {
  const own = Object.keys(kind.parameters);
  const conditions = conditionNamesOf(scope);
  const valid = [...own, ...conditions];
  for (const name of Object.keys(spec)) {
    if (name === "fault" || valid.includes(name)) continue;
    if (isCondition(name)) {
      const reason = `it ${scopeReasons[scope]}`;
      throw new FaultError(`${kind.name} takes no ${name}: ${reason}. Valid: ${valid.join(", ")}`);
    }
    const nearest = nearestName(name, valid);
    const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
    throw new FaultError(`${kind.name} has no "${name}".${hint} Valid: ${valid.join(", ")}`);
  }
}

function readValues(
  spec: FaultSpec,
  parameters: Readonly<Record<string, Parameter<unknown>>>,
  fault: string,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [
      name,
      readValue(Object.hasOwn(spec, name) ? spec[name] : undefined, parameter, `${fault}: ${name}`),
    ]),
  );
}

function readValue(
  written: FaultValue | undefined,
  parameter: Parameter<unknown>,
  what: string,
): unknown {
  if (written === undefined && parameter.isOptional) return undefined;
  const text = written === undefined ? parameter.fallback : String(written);
  if (text === undefined) throw new FaultError(`${what} is missing; it needs ${parameter.form}`);
  const parsed = parameter.read(text);
  if (parsed.ok) return parsed.value;
  const why = parsed.message === "" ? "" : ` (${parsed.message})`;
  throw new FaultError(`${what} needs ${parameter.form}, got "${text}"${why}`);
}

function isCondition(name: string): name is ConditionName {
  return Object.hasOwn(conditionParameters, name);
}

function isPerRequest(name: ConditionName): boolean {
  return perRequestConditions.includes(name);
}
