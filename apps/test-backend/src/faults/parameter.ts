import { parseDuration } from "@evenkeel/config/duration";
import { nearestName } from "@evenkeel/config/nearest-name";
import type { Parsed } from "@evenkeel/config/parsed";
import { parsePercent } from "@evenkeel/config/percent";
import { parseSize } from "@evenkeel/config/size";

/** How one sort of value is written and read. */
export interface Reader<T> {
  /** For help and errors, after "needs": `a duration like 150ms`. */
  readonly form: string;
  read(text: string): Parsed<T>;
}

/** One thing that a fault can be told. */
export interface Parameter<T> extends Reader<T> {
  /** One line for the help. */
  readonly meaning: string;
  /** As the user would write it. undefined: it has none, see `isOptional`. */
  readonly fallback: string | undefined;
  /** True when leaving it out gives undefined rather than an error. */
  readonly isOptional: boolean;
}

/** A parameter with a default, or without one and then required. */
export function parameter<T>(reader: Reader<T>, meaning: string, fallback?: string): Parameter<T> {
  return { ...reader, meaning, fallback, isOptional: false };
}

/** A parameter that may be left out. */
export function optional<T>(reader: Reader<T>, meaning: string): Parameter<T | undefined> {
  return { ...reader, meaning, fallback: undefined, isOptional: true };
}

// Beyond this setTimeout would fire after one millisecond instead.
const maxDurationMs = 2 ** 31 - 1;

/** Milliseconds, up to 24 days. */
export const duration: Reader<number> = {
  form: "a duration like 150ms or 10s",
  read(text) {
    const parsed = parseDuration(text);
    if (parsed.ok && parsed.value > maxDurationMs) return refused("24 days at most");
    return parsed;
  },
};

/** Milliseconds, not 0. */
export const positiveDuration: Reader<number> = {
  form: duration.form,
  read(text) {
    const parsed = duration.read(text);
    return parsed.ok && parsed.value === 0 ? refused("it must not be 0") : parsed;
  },
};

/** Bytes; a bare number is bytes too, as in `/bytes/100`. */
export const size: Reader<number> = {
  form: "a size like 100, 100B or 64KiB",
  read: (text) => parseSize(/^\d+$/.test(text) ? `${text}B` : text),
};

/** 0 to 1, written `30%` or `0.3`. */
export const share: Reader<number> = {
  form: "a share like 30% or 0.3",
  read(text) {
    const isFraction = /^(0(\.\d+)?|1(\.0+)?)$/.test(text);
    const parsed = isFraction ? accepted(Number(text)) : parsePercent(text);
    return parsed.ok && parsed.value > 1 ? refused("100% at most") : parsed;
  },
};

/** A whole number within bounds, inclusive. */
export function wholeNumber(min: number, max: number): Reader<number> {
  return {
    form: `a whole number from ${min} to ${max}`,
    read(text) {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? accepted(value) : refused("");
    },
  };
}

/** A number that need not be whole. */
export function number(min: number, max: number): Reader<number> {
  return {
    form: `a number from ${min} to ${max}`,
    read(text) {
      const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? accepted(value) : refused("");
    },
  };
}

/** One of several words. */
export function choice<const T extends string>(words: readonly T[]): Reader<T> {
  return {
    form: `one of ${words.join(", ")}`,
    read(text) {
      const word = words.find((candidate) => candidate === text);
      if (word !== undefined) return accepted(word);
      const nearest = nearestName(text, words);
      return refused(nearest === null ? "" : `did you mean ${nearest}?`);
    },
  };
}

/** Anything that the pattern allows. */
export function pattern(form: string, allowed: RegExp): Reader<string> {
  return { form, read: (text) => (allowed.test(text) ? accepted(text) : refused("")) };
}

export function accepted<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** `message` may be empty where the reader's form says it all. */
export function refused(message: string): Parsed<never> {
  return { ok: false, message, suggestion: null };
}
