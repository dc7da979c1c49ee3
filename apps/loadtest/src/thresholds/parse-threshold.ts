/*
 * k6's grammar: `metric: stat op value`, as in `latency: p(99)<50ms`, `errors: rate<0.1%`,
 * `backend{name=b2}: share<5%`. The stat may be left out where it is plain: `failed<0.1%`, `lost==0`. A word
 * in front says which part of a run it is for: `during: failed<5%`. Pure: text in, a threshold or an error
 * with a column out. An unknown name is an error, never a threshold that is always met.
 */
import { parseDuration } from "@evenkeel/config/duration";
import { nearestName } from "@evenkeel/config/nearest-name";
import { parsePercent } from "@evenkeel/config/percent";
import { LoadtestError } from "../errors.ts";
import {
  latencyAliases,
  type MetricKind,
  type Stat,
  statsOfKind,
  type Vocabulary,
} from "./vocabulary.ts";

/** How a value is compared with its limit. */
export type Operator = "<" | "<=" | "==" | ">=" | ">";

/** A limit on one number of one metric. */
export interface Threshold<Metric extends string = string> {
  /** As it was typed. */
  readonly text: string;
  /** Which part of the run; undefined: the whole. */
  readonly scope: string | undefined;
  readonly metric: Metric;
  readonly kind: MetricKind;
  /** The value of the metric's tag; undefined: all of them. */
  readonly tag: string | undefined;
  readonly stat: Stat;
  readonly operator: Operator;
  /** Requests, a fraction, milliseconds or a number per second, as the stat wants it. */
  readonly limit: number;
}

/** @throws LoadtestError `BAD_OPTION` that says at which column what is wrong, and what is valid. */
export function parseThreshold(text: string, vocabulary: Vocabulary): Threshold {
  return new ThresholdParser(text, vocabulary).parse();
}

const word = /[A-Za-z][A-Za-z0-9.-]*/y;
const statPattern = /p\s*\(\s*([^)]*?)\s*\)|[A-Za-z]+/y;
const operatorPattern = /<=|>=|==|<|>/y;

class ThresholdParser {
  readonly #text: string;
  readonly #vocabulary: Vocabulary;
  #at = 0;

  constructor(text: string, vocabulary: Vocabulary) {
    this.#text = text;
    this.#vocabulary = vocabulary;
  }

  parse(): Threshold {
    const scope = this.#scope();
    const { metric, alias } = this.#metric(scope);
    const kind = this.#kindOf(metric);
    const tag = this.#tag(metric);
    const typed = alias ?? (this.#take(/:/y) === undefined ? undefined : this.#stat(metric, kind));
    const operator = this.#expect(operatorPattern, "one of < <= == >= >") as Operator;
    const { stat, limit } = this.#limit(metric, kind, typed);
    return { text: this.#text.trim(), scope, metric, kind, tag, stat, operator, limit };
  }

  /** A word before a colon that is the name of a part of the run. */
  #scope(): string | undefined {
    const start = this.#at;
    const name = this.#take(word);
    if (name !== undefined && this.#vocabulary.scopes.includes(name)) {
      this.#expect(/:/y, `":" after ${name}`);
      return name;
    }
    this.#at = start;
    return undefined;
  }

  #metric(scope: string | undefined): { readonly metric: string; readonly alias?: Stat } {
    this.#skipSpace();
    const start = this.#at;
    const name = this.#expect(word, "the name of a metric");
    const { metrics, scopes } = this.#vocabulary;
    if (Object.hasOwn(metrics, name)) return { metric: name };
    const alias = Object.hasOwn(latencyAliases, name) ? latencyAliases[name] : undefined;
    if (alias !== undefined && Object.hasOwn(metrics, "latency"))
      return { metric: "latency", alias };
    const names = [...Object.keys(metrics), ...(scope === undefined ? scopes : [])];
    const nearest = nearestName(name, names);
    const hint = nearest === null ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
    throw this.#error(start, `there is no metric ${JSON.stringify(name)}; ${hint}`);
  }

  #kindOf(metric: string): MetricKind {
    return this.#vocabulary.metrics[metric]?.kind ?? "requests";
  }

  #tag(metric: string): string | undefined {
    if (this.#take(/\{/y) === undefined) return undefined;
    this.#skipSpace();
    const start = this.#at;
    const name = this.#expect(word, "the name of a tag");
    const known = this.#vocabulary.metrics[metric]?.tag;
    if (name !== known) {
      const valid =
        known === undefined ? `${metric} has no tags` : `${metric} has the tag ${known}`;
      throw this.#error(start, `there is no tag ${JSON.stringify(name)}; ${valid}`);
    }
    this.#expect(/[=:]/y, `"=" and the tag's value`);
    const value = this.#expect(/[^}]+/y, "the tag's value").trim();
    this.#expect(/\}/y, '"}"');
    return value;
  }

  #stat(metric: string, kind: MetricKind): Stat {
    this.#skipSpace();
    const start = this.#at;
    const name = this.#expect(statPattern, `one of ${statsOfKind[kind].join(", ")}`);
    if (/^p\s*\(/.test(name) && kind === "trend") return this.#percentile(name, start);
    if (!statsOfKind[kind].includes(name)) {
      const valid = statsOfKind[kind].join(", ");
      throw this.#error(start, `${metric} has no ${JSON.stringify(name)}; it has ${valid}`);
    }
    if (kind === "time") return { name: "value" };
    return { name: name === "share" ? "rate" : (name as Exclude<Stat["name"], "percentile">) };
  }

  #percentile(typed: string, start: number): Stat {
    const digits = typed.slice(typed.indexOf("(") + 1, -1).trim();
    const percentile = /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : Number.NaN;
    if (percentile <= 100) return { name: "percentile", percentile };
    const at = start + typed.indexOf("(") + 1;
    throw this.#error(at, `a percentile is a number from 0 to 100, not ${JSON.stringify(digits)}`);
  }

  #limit(
    metric: string,
    kind: MetricKind,
    typed: Stat | undefined,
  ): { readonly stat: Stat; readonly limit: number } {
    this.#skipSpace();
    const start = this.#at;
    const value = this.#text.slice(start).trim();
    if (value === "") throw this.#error(start, "a value is missing");
    this.#at = this.#text.length;
    const fail = (message: string): never => {
      throw this.#error(start, message);
    };
    if (kind === "time" || kind === "trend") {
      if (typed === undefined && kind === "trend") fail(`say which, as in ${metric}: p(99)<50ms`);
      const time = parseDuration(value);
      if (!time.ok) return fail(time.message);
      return { stat: typed ?? { name: "value" }, limit: time.value };
    }
    if (kind === "throughput") return limitOfThroughput(metric, value, typed, fail);
    return limitOfRequests({ metric, kind, value, typed }, fail);
  }

  #expect(pattern: RegExp, what: string): string {
    const found = this.#take(pattern);
    if (found !== undefined) return found;
    const rest = this.#text.slice(this.#at).trim();
    const instead = rest === "" ? "the end" : JSON.stringify(rest);
    throw this.#error(this.#at, `expected ${what}, not ${instead}`);
  }

  #take(pattern: RegExp): string | undefined {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " ") this.#at += 1;
  }

  #error(at: number, message: string): LoadtestError {
    const shown = this.#text.replace(/\p{Cc}/gu, " ");
    const caret = `  ${shown}\n  ${" ".repeat(at)}^`;
    return new LoadtestError("BAD_OPTION", `threshold, column ${at + 1}: ${message}\n${caret}`);
  }
}

function limitOfThroughput(
  metric: string,
  value: string,
  typed: Stat | undefined,
  fail: (message: string) => never,
): { readonly stat: Stat; readonly limit: number } {
  const rate = /^(\d+(?:\.\d+)?)\/s$/.exec(value);
  if (rate !== null && typed?.name !== "count") {
    return { stat: { name: "rate" }, limit: Number(rate[1]) };
  }
  if (typed?.name !== "rate" && /^\d+$/.test(value)) {
    return { stat: { name: "count" }, limit: Number(value) };
  }
  if (typed?.name === "count") return fail(`${metric}: count needs a number like 1000`);
  return fail(`${metric} needs a rate like 1900/s`);
}

function limitOfRequests(
  {
    metric,
    kind,
    value,
    typed,
  }: {
    readonly metric: string;
    readonly kind: MetricKind;
    readonly value: string;
    readonly typed: Stat | undefined;
  },
  fail: (message: string) => never,
): { readonly stat: Stat; readonly limit: number } {
  const percent = parsePercent(value);
  if (percent.ok && typed?.name !== "count")
    return { stat: { name: "rate" }, limit: percent.value };
  const isCount = /^\d+$/.test(value) && kind === "requests" && typed?.name !== "rate";
  if (isCount) return { stat: { name: "count" }, limit: Number(value) };
  // k6 writes rates as fractions.
  if (typed?.name === "rate" && /^[01](\.\d+)?$/.test(value) && Number(value) <= 1) {
    return { stat: { name: "rate" }, limit: Number(value) };
  }
  if (typed?.name === "count") return fail(`${metric}: count needs a number like 0`);
  const percentage = kind === "share" ? "a percentage like 2%" : "a percentage like 1%";
  return fail(
    `${metric} needs ${kind === "share" || typed !== undefined ? percentage : `a count like 0 or ${percentage}`}`,
  );
}
