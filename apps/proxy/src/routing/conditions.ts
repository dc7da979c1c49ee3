import type { RouteConfig, ValueCondition } from "@evenkeel/config";
import { compilePattern } from "@evenkeel/config/pattern";
import { FieldId, fieldIdOfText } from "@evenkeel/http1";
import { type RequestValues, fieldOf, parameterOf } from "./request-values.ts";

/** What a route asks of a request besides its host and path. */
export interface RouteCondition {
  /** `isPeerTrusted`: what the request says about its client is believed. */
  holds(request: RoutedRequest, isPeerTrusted: boolean): boolean;
}

/** What is looked at to find a request's route. */
export interface RoutedRequest extends RequestValues {
  readonly method: string;
  readonly host: string | null;
}

type ValueTest = (value: string | null) => boolean;

export function conditionsOf({
  listeners,
  methods,
  headers,
  query,
}: RouteConfig): readonly RouteCondition[] {
  return [
    ...(listeners === null ? [] : [met]),
    ...(methods === null ? [] : [methodCondition(methods)]),
    ...headers.map(headerCondition),
    ...query.map(queryCondition),
  ];
}

/** Only routes that are for the listener are in its index; this one counts, and holds there. */
const met: RouteCondition = { holds: () => true };

function methodCondition(methods: readonly string[]): RouteCondition {
  return { holds: ({ method }) => methods.includes(method) };
}

/** A field that only trusted peers may set is not there when another one sends it: it does not go on. */
function headerCondition({ name, test }: ValueCondition): RouteCondition {
  const accepts = valueTest(test);
  const isClaim = claims.has(fieldIdOfText(name));
  return {
    holds: (request, isPeerTrusted) =>
      accepts(isClaim && !isPeerTrusted ? null : fieldOf(request, name)),
  };
}

const claims: ReadonlySet<number> = new Set([
  FieldId.forwardedFor,
  FieldId.forwardedProto,
  FieldId.forwardedHost,
  FieldId.forwardedOther,
  FieldId.requestId,
]);

function queryCondition({ name, test }: ValueCondition): RouteCondition {
  const accepts = valueTest(test);
  return { holds: ({ target }) => accepts(parameterOf(target, name)) };
}

function valueTest(test: ValueCondition["test"]): ValueTest {
  switch (test.kind) {
    case "equals":
      return (value) => value === test.value;
    case "matches": {
      const matches = patternTest(test.pattern);
      return (value) => value !== null && matches(value);
    }
    case "present":
      return (value) => value !== null;
    default:
      return (value) => value === null;
  }
}

/** The configuration was checked, so a pattern that cannot be compiled is a bug. */
export function patternTest(text: string): (value: string) => boolean {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.message);
  const pattern = compiled.value;
  return (value) => pattern.test(value);
}
