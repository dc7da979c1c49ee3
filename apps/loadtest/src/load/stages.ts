/* Rates over time as people type them: `10s:100/s`, and the named profiles made of such stages. */
import { parseDuration } from "@evenkeel/config/duration";
import { nearestName } from "@evenkeel/config/nearest-name";
import { LoadtestError } from "../errors.ts";
import type { RateStage } from "./rate-curve.ts";

/** A stage as it is typed: the rate goes evenly from where it was to `perSecond`; at once in no time. */
export interface TypedStage {
  readonly durationMs: number;
  readonly perSecond: number;
}

/**
 * Reads `10s:100/s`.
 *
 * @throws LoadtestError `BAD_OPTION`
 */
export function parseStage(text: string): TypedStage {
  const [time = "", rate = "", ...rest] = text.split(":");
  const match = /^(\d+(?:\.\d+)?)\/(s|m)$/.exec(rate.trim());
  const duration = parseDuration(time.trim());
  if (!duration.ok && rest.length === 0 && match !== null) {
    throw bad(`stage ${JSON.stringify(text)}: ${duration.message}`);
  }
  if (!duration.ok || match === null || rest.length > 0) {
    throw bad(`stage ${JSON.stringify(text)} is not a time and a rate, as in 10s:100/s`);
  }
  return { durationMs: duration.value, perSecond: Number(match[1]) / (match[2] === "m" ? 60 : 1) };
}

/** Stages one after the other, from `startPerSecond` on. */
export function placeStages(typed: readonly TypedStage[], startPerSecond: number): RateStage[] {
  let fromPerSecond = startPerSecond;
  const stages: RateStage[] = [];
  for (const { durationMs, perSecond } of typed) {
    if (durationMs > 0) stages.push({ fromPerSecond, toPerSecond: perSecond, durationMs });
    fromPerSecond = perSecond;
  }
  return stages;
}

/** `10s:100/s`, as {@link parseStage} reads it. */
export function formatStage({ durationMs, perSecond }: TypedStage): string {
  const time = durationMs % 1000 === 0 ? `${durationMs / 1000}s` : `${durationMs}ms`;
  return `${time}:${Number(perSecond.toFixed(3))}/s`;
}

/** A profile: nothing but stages, in shares of the duration and multiples of the rate. */
export interface Profile {
  readonly name: string;
  readonly meaning: string;
  /** Where `--duration` and `--rate` say nothing. */
  readonly durationMs: number;
  readonly perSecond: number;
  /** Of the rate, at the beginning. */
  readonly start: number;
  readonly stages: readonly (readonly [shareOfDuration: number, timesRate: number])[];
}

/** Every profile. */
export const profiles: readonly Profile[] = [
  {
    name: "smoke",
    meaning: "a little, for a moment: does it work at all",
    durationMs: 10_000,
    perSecond: 10,
    start: 1,
    stages: [[1, 1]],
  },
  {
    name: "stress",
    meaning: "up in steps to four times the rate, and down again: where does it give in",
    durationMs: 120_000,
    perSecond: 100,
    start: 0,
    stages: [
      [0.1, 1],
      [0.1, 1],
      [0.1, 2],
      [0.1, 2],
      [0.1, 3],
      [0.1, 3],
      [0.1, 4],
      [0.2, 4],
      [0.1, 0],
    ],
  },
  {
    name: "spike",
    meaning: "ten times the rate all at once, then as before: does it come back",
    durationMs: 60_000,
    perSecond: 100,
    start: 1,
    stages: [
      [0.25, 1],
      [0, 10],
      [0.25, 10],
      [0, 1],
      [0.5, 1],
    ],
  },
  {
    name: "volume",
    meaning: "five times the rate, held: does a mass of requests and bytes get through",
    durationMs: 300_000,
    perSecond: 100,
    start: 0,
    stages: [
      [0.1, 5],
      [0.9, 5],
    ],
  },
  {
    name: "endurance",
    meaning: "the rate for an hour: does anything leak, drift or fill up",
    durationMs: 3_600_000,
    perSecond: 100,
    start: 0,
    stages: [
      [0.02, 1],
      [0.96, 1],
      [0.02, 0],
    ],
  },
];

/** @throws LoadtestError `BAD_OPTION` for a name that is none. */
export function profileNamed(name: string): Profile {
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = profiles.map((profile) => profile.name);
  const nearest = nearestName(name, names);
  const hint = nearest === null ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
  throw bad(`there is no profile ${JSON.stringify(name)}; ${hint}`);
}

/** The stages that a profile stands for, and the rate in front of them. */
export function stagesOfProfile(
  profile: Profile,
  ratePerSecond: number = profile.perSecond,
  durationMs: number = profile.durationMs,
): { readonly startPerSecond: number; readonly stages: readonly TypedStage[] } {
  return {
    startPerSecond: profile.start * ratePerSecond,
    stages: profile.stages.map(([share, times]) => ({
      durationMs: Math.round(share * durationMs),
      perSecond: times * ratePerSecond,
    })),
  };
}

/** For the help: every profile, and the flags that it stands for. */
export function profileHelp(): string {
  return profiles
    .map((profile) => {
      const { startPerSecond, stages } = stagesOfProfile(profile);
      const flags = stages.map((stage) => `--stage ${formatStage(stage)}`);
      const start = startPerSecond > 0 ? [`--rate ${startPerSecond}/s`] : [];
      return `  ${profile.name.padEnd(10)} ${profile.meaning}\n${wrap([...start, ...flags], "             ")}`;
    })
    .join("\n");
}

function wrap(words: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 100) lines.push(indent + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
