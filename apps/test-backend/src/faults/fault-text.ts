import { FaultError, type FaultSpec } from "./fault-spec.ts";
import { findFaultKind } from "./registry.ts";

/** `NAME,key=value,...` as in `--fault`; NAME may be `NAME=VALUE` for the fault's main parameter. */
export function parseFaultFlag(text: string): FaultSpec {
  const [first = "", ...rest] = splitOutsideBrackets(text, ",");
  const spec = beginSpec(first);
  for (const part of rest) addParameter(spec, part);
  return spec;
}

/**
 * `name=value;...` as in `X-Fault` and `?fault=`, where a comma does as well, so that what `--fault` takes
 * works here too. The name of another fault begins another fault, unless the one before has a parameter
 * of that name.
 */
export function parseFaultHeader(text: string): FaultSpec[] {
  const specs: MutableSpec[] = [];
  for (const part of splitOutsideBrackets(text, ";,")) {
    const current = specs.at(-1);
    if (current === undefined || beginsAnother(current, part)) specs.push(beginSpec(part));
    else addParameter(current, part);
  }
  return specs;
}

interface MutableSpec {
  fault: string;
  [parameter: string]: string;
}

function beginsAnother(current: FaultSpec, part: string): boolean {
  const [name] = splitPair(part);
  const kind = findFaultKind(current.fault);
  return !Object.hasOwn(kind?.parameters ?? {}, name) && findFaultKind(name) !== undefined;
}

function beginSpec(part: string): MutableSpec {
  const [name, value] = splitPair(part);
  if (name === "") throw new FaultError("needs the name of a fault first, as in status,code=503");
  const spec: MutableSpec = { fault: name };
  if (value === undefined) return spec;
  const kind = findFaultKind(name);
  // An unknown name gets its error, with the valid ones, when the whole fault is read.
  if (kind === undefined) return spec;
  if (kind.main === undefined) throw new FaultError(`${name} takes no value, got "${value}"`);
  spec[kind.main] = value;
  return spec;
}

function addParameter(spec: MutableSpec, part: string): void {
  const [name, value] = splitPair(part);
  if (name === "" || name === "fault" || value === undefined) {
    throw new FaultError(`${spec.fault}: "${part}" is not key=value`);
  }
  if (Object.hasOwn(spec, name)) throw new FaultError(`${spec.fault}: ${name} is given twice`);
  spec[name] = value;
}

function splitPair(part: string): [name: string, value: string | undefined] {
  const equals = part.indexOf("=");
  if (equals === -1) return [part.trim(), undefined];
  return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
}

/** Splits at each character of `separators`; `uniform(1ms,2ms)` stays in one piece. */
export function splitOutsideBrackets(text: string, separators: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth += 1;
    else if (text[i] === ")") depth -= 1;
    else if (depth === 0 && separators.includes(text.charAt(i))) {
      parts.push(text.slice(begin, i));
      begin = i + 1;
    }
  }
  return [...parts, text.slice(begin)];
}
