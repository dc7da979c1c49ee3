import { FaultError, type FaultSpec, type FaultValue } from "./fault-spec.ts";
import { type ReadFault, readFault } from "./read-fault.ts";
import { parseTimeline } from "./timeline.ts";

/** What `GET /__faults` adds to a fault: it may be sent back, and means nothing. */
const readOnlyNames: ReadonlySet<string> = new Set(["id", "state", "applied"]);

/**
 * Reads faults as JSON or YAML brings them: one fault, a list, or `{ faults, timeline }`. Throws a
 * FaultError that says which entry is wrong.
 */
export function readFaults(document: unknown): ReadFault[] {
  if (document === null || document === undefined) return [];
  if (Array.isArray(document)) return document.map(readEntry);
  if (!isRecord(document)) throw new FaultError(shapes);
  if ("fault" in document) return [readEntry(document)];
  const unknown = Object.keys(document).find((key) => key !== "faults" && key !== "timeline");
  if (unknown !== undefined) throw new FaultError(`there is no "${unknown}" here: ${shapes}`);
  const { faults = [], timeline = "" } = document;
  if (!Array.isArray(faults)) throw new FaultError(`faults needs a list: ${shapes}`);
  if (typeof timeline !== "string") throw new FaultError("timeline needs a text");
  return [...faults.map(readEntry), ...parseTimeline(timeline).map(readFault)];
}

const shapes =
  'needs a list such as [{"fault":"status","code":503,"for":"20s"}], one such object, or ' +
  '{"faults":[...],"timeline":"t=10s: status 503 30% for 20s"}';

function readEntry(entry: unknown, index = 0): ReadFault {
  try {
    return readFault(toSpec(entry));
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new FaultError(`fault ${index + 1}: ${error.message}`);
  }
}

function toSpec(entry: unknown): FaultSpec {
  if (!isRecord(entry)) throw new FaultError(`needs an object, got ${JSON.stringify(entry)}`);
  // `match` may group what the flags have side by side.
  const { match = {}, ...rest } = entry;
  if (!isRecord(match)) throw new FaultError("match needs an object: method, path, header");
  const spec: Record<string, FaultValue> = {};
  for (const [name, value] of Object.entries({ ...rest, ...match })) {
    if (!readOnlyNames.has(name)) spec[name] = toValue(name, value);
  }
  const { fault } = spec;
  if (typeof fault !== "string") throw new FaultError("needs a name under `fault`");
  return { ...spec, fault };
}

function toValue(name: string, value: unknown): FaultValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  throw new FaultError(`${name} needs a text or a number, got ${JSON.stringify(value)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
