import { normalCritical } from "../statistics/chi-square.ts";
import { percent } from "../wording.ts";

export interface RemapFacts {
  /** Key to backend, before and after the change. Keys in one only are left out. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  /** Backends that left. */
  readonly removed?: readonly string[];
  /** Backends that came, with the share of all keys each is due. */
  readonly added?: ReadonlyMap<string, number>;
  /**
   * The part of the keys that may move although neither a removed nor an added backend is concerned: 0 for
   * a ring and for rendezvous; Maglev moves 0.6 % of them when one of 100 leaves (algorithms.md section 5.2).
   */
  readonly strayLimit: number;
  /** How far an added backend's part may be from its share, relative to it, beside the noise. */
  readonly tolerance: number;
  readonly falseAlarmRate?: number;
}

export interface RemapJudgement {
  readonly verdict: "pass" | "fail";
  readonly keys: number;
  /** Keys whose backend changed, as a fraction of all. */
  readonly moved: number;
  /** Keys that moved between two backends that were there all the time, as a fraction of all. */
  readonly strays: number;
  readonly reasons: readonly string[];
}

/** A change of members moves the keys of those that left, and to those that came, and no others. */
export function judgeRemap(facts: RemapFacts): RemapJudgement {
  const { before, after, removed = [], added = new Map<string, number>() } = facts;
  const both = [...before].flatMap(([key, from]) => {
    const to = after.get(key);
    return to === undefined ? [] : [{ from, to }];
  });
  const part = (count: number): number => (both.length === 0 ? 0 : count / both.length);
  const moves = both.filter(({ from, to }) => from !== to);
  const strays = part(
    moves.filter(({ from, to }) => !removed.includes(from) && !added.has(to)).length,
  );
  const dead = both.filter(({ to }) => removed.includes(to)).length;
  const reasons = [
    ...(both.length === 0 ? ["no key was seen before and after"] : []),
    ...(dead > 0 ? [`${dead} keys are on a backend that left`] : []),
    ...strayReasons(strays, facts.strayLimit),
    ...[...added].flatMap(([name, share]) =>
      gainReasons(
        name,
        { share, gained: both.filter(({ to }) => to === name).length, keys: both.length },
        facts,
      ),
    ),
  ];
  const verdict = reasons.length === 0 ? "pass" : "fail";
  return { verdict, keys: both.length, moved: part(moves.length), strays, reasons };
}

function strayReasons(strays: number, limit: number): string[] {
  if (strays <= limit) return [];
  return [
    `${percent(strays)} of the keys moved between backends that were there all the time, ` +
      `where ${percent(limit)} may`,
  ];
}

interface Gain {
  readonly share: number;
  readonly gained: number;
  readonly keys: number;
}

function gainReasons(
  name: string,
  { share, gained, keys }: Gain,
  { tolerance, falseAlarmRate = 1e-4 }: RemapFacts,
): string[] {
  const noise = normalCritical(falseAlarmRate) * Math.sqrt(keys * share * (1 - share));
  if (Math.abs(gained - keys * share) <= keys * share * tolerance + noise) return [];
  return [`${name} got ${percent(gained / keys)} of the keys where ${percent(share)} is due`];
}
