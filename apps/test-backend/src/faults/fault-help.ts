import { conditionParameters } from "./conditions.ts";
import type { FaultKind } from "./fault.ts";
import type { Parameter } from "./parameter.ts";
import { faultKinds } from "./registry.ts";

/** The fault vocabulary, as lines for `evenkeel backend --help`. */
export function describeFaults(): string {
  return [...faultKinds.map(describeKind), describeConditions()].join("\n");
}

function describeKind({ name, main, summary, parameters, example }: FaultKind): string {
  const value = main === undefined ? "" : `[=${main.toUpperCase()}]`;
  const lines = Object.entries(parameters).map(describeParameter);
  return [`  ${name}${value}: ${summary}`, ...lines, `      e.g. ${example}`].join("\n");
}

function describeConditions(): string {
  const lines = Object.entries(conditionParameters).map(describeParameter);
  return ["  with each of them, as far as it makes sense:", ...lines].join("\n");
}

const keyWidth = 13;
const indent = " ".repeat(6);
const lineWidth = 100;

function describeParameter([key, parameter]: [string, Parameter<unknown>]): string {
  const text = `${parameter.meaning}${defaultOf(parameter)}`;
  const [first = "", ...rest] = wrap(text, lineWidth - indent.length - keyWidth);
  const more = rest.map((line) => indent + " ".repeat(keyWidth) + line);
  return [indent + key.padEnd(keyWidth) + first, ...more].join("\n");
}

function defaultOf({ fallback, isOptional, form }: Parameter<unknown>): string {
  if (fallback !== undefined) return ` (${fallback})`;
  return isOptional ? `: ${form}` : `, required: ${form}`;
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
