import type { Scene } from "../scene/scene.ts";

/** What a check found out about one target. */
export interface Finding {
  /**
   * `pass`: kept. `fail`: not kept. `not-applicable`: the target has no such thing, or nobody can look.
   * `error`: the check itself failed, which says nothing about the target.
   */
  readonly verdict: "pass" | "fail" | "not-applicable" | "error";
  /** What was measured, in a few characters; empty where nothing was. */
  readonly value: string;
  /** Why, or what is to be known besides; a footnote of the table. */
  readonly note?: string | undefined;
}

/** The parts of the table, in its order. */
export const checkGroups = ["shares", "failover", "sticky", "protocol", "overload"] as const;

/** One row: one file, one line in the registry. */
export interface Check {
  /** For `--only`. */
  readonly name: string;
  readonly group: (typeof checkGroups)[number];
  /** The row's label. */
  readonly title: string;
  /** What passes, in a sentence. */
  readonly rule: string;
  /** What it does to backends may be held against them for a while: the next check gets a fresh balancer. */
  readonly spoils?: boolean;
  run(scene: Scene): Promise<Finding>;
}

export function pass(value: string, note?: string): Finding {
  return { verdict: "pass", value, note };
}

export function fail(value: string, note?: string): Finding {
  return { verdict: "fail", value, note };
}

export function passIf(isKept: boolean, value: string, note?: string): Finding {
  return { verdict: isKept ? "pass" : "fail", value, note };
}
