import { describe, expect, test } from "vitest";
import {
  breaker,
  check,
  failedPercent,
  members,
  poolHealth,
  settings,
  viewOf,
} from "../../test/pool-health.ts";
import type { HealthChange, PoolHealth } from "../index.ts";

/*
 * Every state that a backend can be in, and every event that it can meet there. The pool's other three
 * backends serve. Thresholds are 1, so that each check decides.
 *
 *   ?  unknown       N  new, waits for its first check   H  healthy   U  unhealthy
 *   E  ejected       D  draining                         M  maintenance
 *   o  breaker open  h  half-open, waits for a check     t  half-open, on trial
 */
const decisive = { ...check, unhealthyThreshold: 1, healthyThreshold: 1 };
const noJitter = { ...settings, breaker: { ...breaker, jitter: 0 } };

type Event = (pool: PoolHealth) => readonly HealthChange[];

const now = 1_000_000;

const events: Readonly<Record<string, Event>> = {
  "check passes": (pool) => pool.checked("b0", true, "GET / answered 200", now),
  "check fails": (pool) => pool.checked("b0", false, "connection refused", now),
  "5 in a row": (pool) => pool.failuresInRow("b0", 5, now),
  "bad sweep": (pool) => pool.swept(failedPercent(100, 0, 0, 0), now),
  "trial passes": (pool) => pool.trialEnded("b0", true, now),
  "trial fails": (pool) => pool.trialEnded("b0", false, now),
  "30 s pass": (pool) => pool.advance(now + 30_000),
  drain: (pool) => pool.setOperatorState("b0", "draining", "", now),
  maintain: (pool) => pool.setOperatorState("b0", "maintenance", "", now),
  activate: (pool) => pool.setOperatorState("b0", "active", "", now),
};

/** How to get there: steps from the start of the process. */
const paths: Readonly<Record<string, readonly string[]>> = {
  "?": [],
  H: ["check passes"],
  U: ["check fails"],
  Eo: ["check passes", "5 in a row"],
  Eh: ["check passes", "5 in a row", "end"],
  Et: ["check passes", "5 in a row", "end", "check passes"],
  Uo: ["5 in a row", "check fails"],
  Uh: ["5 in a row", "check fails", "end"],
  D: ["check passes", "drain"],
  Do: ["check passes", "5 in a row", "drain"],
  Dh: ["check passes", "5 in a row", "end", "drain"],
  Dt: ["check passes", "5 in a row", "end", "check passes", "drain"],
  M: ["check passes", "maintain"],
  N: [],
};

const table = `
      | check  | check | 5 in  | bad   | trial  | trial | 30 s |       |          |
      | passes | fails | a row | sweep | passes | fails | pass | drain | maintain | activate
  ?   | H      | U     | Eo    | Eo    | ?      | ?     | ?    | D     | M        | ?
  N   | H      | U     | N     | N     | N      | N     | N    | D     | M        | N
  H   | H      | U     | Eo    | Eo    | H      | H     | H    | D     | M        | H
  U   | H      | U     | U     | U     | U      | U     | U    | D     | M        | U
  Eo  | Eo     | Uo    | Eo    | Eo    | Eo     | Eo    | Eh   | Do    | Mo       | Eo
  Eh  | Et     | Uh    | Eh    | Eh    | Eh     | Eh    | Eh   | Dh    | Mh       | Eh
  Et  | Et     | Uh    | Et    | Et    | H      | Eo    | Et   | Dh    | Mh       | Et
  Uo  | Et     | Uo    | Uo    | Uo    | Uo     | Uo    | Uh   | Do    | Mo       | Uo
  Uh  | Et     | Uh    | Uh    | Uh    | Uh     | Uh    | Uh   | Dh    | Mh       | Uh
  D   | D      | D     | D     | D     | D      | D     | D    | D     | M        | H
  Do  | Do     | Do    | Do    | Do    | Do     | Do    | Dh   | Do    | Mo       | Eo
  Dh  | Dh     | Dh    | Dh    | Dh    | Dh     | Dh    | Dh   | Dh    | Mh       | Eh
  Dt  | Dh     | Dh    | Dh    | Dh    | D      | Do    | Dh   | Dh    | Mh       | Et
  M   | M      | M     | M     | M     | M      | M     | M    | D     | M        | H
`;

const letters = {
  unknown: "?",
  healthy: "H",
  unhealthy: "U",
  ejected: "E",
  draining: "D",
  maintenance: "M",
};

function codeOf(pool: PoolHealth): string {
  const { status, breaker, permission } = viewOf(pool, "b0");
  if (status === "unknown" && permission === "none") return "N";
  if (permission === "trial") return `${letters[status]}t`;
  return letters[status] + { closed: "", open: "o", "half-open": "h" }[breaker];
}

function poolAt(state: string): PoolHealth {
  const of = members(4, decisive);
  const isNew = state === "N";
  const pool = poolHealth({ of: isNew ? of.slice(1) : of, settings: noJitter });
  for (const { id } of members(4).slice(1)) pool.checked(id, true, "GET / answered 200", 0);
  if (isNew) pool.update(of, noJitter, now);
  // An ejection that is to end at `now` began 30 s before.
  const begin = now - (paths[state]?.includes("end") ? 30_000 : 0);
  for (const step of paths[state] ?? []) {
    if (step === "end") pool.advance(now);
    else if (step === "5 in a row") pool.failuresInRow("b0", 5, begin);
    else events[step]?.(pool);
  }
  return pool;
}

const [, , ...rows] = table.trim().split("\n");

describe.each(rows.map((row) => row.split("|").map((cell) => cell.trim())))("%s", (from, ...to) => {
  const codes = [from, ...to].filter((cell) => cell !== undefined);
  const state = codes[0] ?? "";

  test("is a state that can be reached", () => {
    // On trial is one that a backend keeps under an operator, unseen.
    expect(codeOf(poolAt(state))).toBe(state === "Dt" ? "Dh" : state);
  });

  test.each(Object.keys(events).map((name, index) => [name, codes[index + 1]]))(
    "%s: %s",
    (name, code) => {
      const pool = poolAt(state);
      const before = viewOf(pool, "b0");
      const changes = events[name]?.(pool) ?? [];
      const after = viewOf(pool, "b0");
      expect(codeOf(pool)).toBe(code);
      const isSilent =
        before.status === after.status &&
        before.breaker === after.breaker &&
        before.permission === after.permission;
      // Trial tokens that are handed out again are told, though the state is the same.
      const isRenewed = state === "Et" && name === "30 s pass";
      expect(changes.length).toBe(isSilent && !isRenewed ? 0 : 1);
    },
  );
});
