import { parseDuration } from "@evenkeel/config/duration";
import { nearestName } from "@evenkeel/config/nearest-name";
import type { Parsed } from "@evenkeel/config/parsed";
import { parsePercent } from "@evenkeel/config/percent";
import type { Distribution } from "../engine/distribution.ts";

interface Form {
  /** As it is typed; also an example. */
  readonly example: string;
  /** One per argument. */
  readonly arguments: readonly ("time" | "number" | "percent")[];
  read(values: readonly number[]): Distribution | string;
}

const forms: Readonly<Record<string, Form>> = {
  const: {
    example: "const(20ms)",
    arguments: ["time"],
    read: ([valueMs = 0]) => ({ kind: "const", valueMs }),
  },
  exp: {
    example: "exp(20ms)",
    arguments: ["time"],
    read: ([meanMs = 0]) => ({ kind: "exp", meanMs }),
  },
  uniform: {
    example: "uniform(10ms,40ms)",
    arguments: ["time", "time"],
    read: ([fromMs = 0, toMs = 0]) =>
      fromMs <= toMs
        ? { kind: "uniform", fromMs, toMs }
        : "its second time must not be the shorter",
  },
  normal: {
    example: "normal(20ms,5ms)",
    arguments: ["time", "time"],
    read: ([centreMs = 0, deviationMs = 0]) => ({ kind: "normal", centreMs, deviationMs }),
  },
  lognormal: {
    example: "lognormal(20ms,1.5)",
    arguments: ["time", "number"],
    read: ([medianMs = 0, sigma = 0]) => ({ kind: "lognormal", medianMs, sigma }),
  },
  pareto: {
    example: "pareto(10ms,2.5)",
    arguments: ["time", "number"],
    read: ([minMs = 0, alpha = 0]) =>
      alpha > 1
        ? { kind: "pareto", minMs, alpha }
        : "its exponent must be above 1, or there is no mean",
  },
  bimodal: {
    example: "bimodal(10ms,210ms,5%)",
    arguments: ["time", "time", "percent"],
    read: ([usualMs = 0, rareMs = 0, rareShare = 0]) =>
      rareShare <= 1
        ? { kind: "bimodal", usualMs, rareMs, rareShare }
        : "its share must be at most 100%",
  },
};

/** For help and errors. */
export const distributionExamples: string = Object.values(forms)
  .map(({ example }) => example)
  .join(", ");

/**
 * Reads `20ms`, `exp(20ms)`, `lognormal(20ms,1.5)` and so on. The first argument is the mean of exp, the
 * centre of normal and the median of lognormal, as in the test backend's latency faults.
 */
export function parseDistribution(text: string): Parsed<Distribution> {
  const match = /^([a-z]+)\(([^()]*)\)$/.exec(text.replaceAll(/\s/g, ""));
  if (match === null) return readBare(text);
  const [, name = "", list = ""] = match;
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (form === undefined) {
    const suggestion = nearestName(name, Object.keys(forms));
    const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
    return refused(`there is no ${JSON.stringify(name)}${hint} Write ${distributionExamples}`);
  }
  return readArguments(name, form, list.split(","));
}

function readBare(text: string): Parsed<Distribution> {
  const value = parseDuration(text);
  if (value.ok) return positive({ kind: "const", valueMs: value.value });
  return refused(
    `${JSON.stringify(text)} is not a service time; write 20ms, ${distributionExamples}`,
  );
}

function readArguments(name: string, form: Form, texts: readonly string[]): Parsed<Distribution> {
  if (texts.length !== form.arguments.length) {
    return refused(`${name} needs ${form.arguments.length} values, as in ${form.example}`);
  }
  const values: number[] = [];
  for (const [index, text] of texts.entries()) {
    const value = readValue(form.arguments[index] ?? "number", text);
    if (!value.ok) return refused(`${value.message}, as in ${form.example}`);
    values.push(value.value);
  }
  const read = form.read(values);
  return typeof read === "string" ? refused(`${name}: ${read}`) : positive(read);
}

function readValue(kind: Form["arguments"][number], text: string): Parsed<number> {
  if (kind === "time") return parseDuration(text);
  if (kind === "percent") return parsePercent(text);
  if (/^\d+(\.\d+)?$/.test(text)) return { ok: true, value: Number(text) };
  return refused(`${JSON.stringify(text)} is not a number`);
}

/** The first time of every kind is one that must not be nothing. */
function positive(distribution: Distribution): Parsed<Distribution> {
  const times = Object.entries(distribution).filter(([name]) => name.endsWith("Ms"));
  if (times.some(([, value]) => Number(value) > 0)) return { ok: true, value: distribution };
  return refused("a service time of nothing makes every strategy perfect");
}

function refused(message: string): Parsed<never> {
  return { ok: false, message, suggestion: null };
}
