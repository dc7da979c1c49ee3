import type { Reconciliation } from "../failover/ledgers/reconcile.ts";
import { formatAmount } from "../print/format.ts";
import type { Visit } from "./visit.ts";

/** What the sessions did, counted. */
export interface StickyCounts {
  readonly sessions: number;
  readonly requests: number;
  /** No response, or a status from 400 on. */
  readonly failed: number;
  /** Answers that named no backend. */
  readonly unnamed: number;
  /** Sessions that began at the victim. */
  readonly victims: number;
  /** Of those: moved once, as they should; not at all; more often. */
  readonly movedOnce: number;
  readonly notMoved: number;
  readonly movedOften: number;
  /** Sessions that began elsewhere and moved. */
  readonly strayed: number;
  /** Sessions that began or moved and got no cookie with it. */
  readonly withoutCookie: number;
  /** Where sessions were first, by backend. */
  readonly homes: ReadonlyMap<string, number>;
}

export interface StickyVerdict {
  readonly counts: StickyCounts;
  readonly pass: boolean;
  /** Why not, for people; empty when it passed. */
  readonly reasons: readonly string[];
}

/** A visit at another backend than the one before it, or the first one. */
type Arrival = Visit & { readonly backend: string };

/**
 * Every session stays at its first backend. Those that began at the victim, which died and came back, move
 * away once and stay there. `victim` is null when none was broken; `isBack` says whether it served new
 * clients before the end, for without that nobody could have moved back. `ledgers` say what was done twice.
 */
export function judgeSticky(
  sessions: readonly (readonly Visit[])[],
  victim: string | null,
  isBack = true,
  ledgers?: Pick<Reconciliation, "doubled">,
): StickyVerdict {
  const counts = countSessions(sessions, victim);
  const reasons = [
    ...reason(counts.failed, "request", `failed (${failuresOf(sessions)})`),
    ...reason(counts.unnamed, "answer", "named no backend"),
    ...reason(counts.strayed, "session", "moved although nothing was wrong with their backend"),
    ...reason(counts.movedOften, "session", "of the victim moved more than once"),
    ...reason(counts.notMoved, "session", "of the victim did not move: was it ever down?"),
    ...reason(counts.withoutCookie, "session", "began or moved without a new cookie"),
    ...reason(
      ledgers?.doubled?.length ?? 0,
      "request",
      "was carried out more often than it should",
    ),
    ...(victim !== null && counts.victims === 0 ? ["no session was at the victim"] : []),
    ...(isBack ? [] : ["the victim got no new sessions within a minute of its restart"]),
    ...(counts.homes.size === 1 ? ["all sessions were at one backend: nothing is shared out"] : []),
  ];
  return { counts, pass: reasons.length === 0, reasons };
}

function countSessions(
  sessions: readonly (readonly Visit[])[],
  victim: string | null,
): StickyCounts {
  const visits = sessions.flat();
  const homes = new Map<string, number>();
  const moves = { once: 0, none: 0, often: 0, strayed: 0, withoutCookie: 0 };
  for (const session of sessions) {
    const [first, ...later] = arrivalsOf(session);
    if (first === undefined) continue;
    homes.set(first.backend, (homes.get(first.backend) ?? 0) + 1);
    if ([first, ...later].some(({ hasNewCookie }) => !hasNewCookie)) moves.withoutCookie++;
    if (first.backend !== victim) moves.strayed += later.length > 0 ? 1 : 0;
    else if (later.length === 1) moves.once++;
    else if (later.length === 0) moves.none++;
    else moves.often++;
  }
  return {
    sessions: sessions.length,
    requests: visits.length,
    failed: visits.filter(isFailed).length,
    unnamed: visits.filter((visit) => !isFailed(visit) && visit.backend === null).length,
    victims: victim === null ? 0 : (homes.get(victim) ?? 0),
    movedOnce: moves.once,
    notMoved: moves.none,
    movedOften: moves.often,
    strayed: moves.strayed,
    withoutCookie: moves.withoutCookie,
    homes,
  };
}

function arrivalsOf(session: readonly Visit[]): Arrival[] {
  const served = session.filter(
    (visit): visit is Arrival => !isFailed(visit) && visit.backend !== null,
  );
  return served.filter(({ backend }, index) => backend !== served[index - 1]?.backend);
}

function isFailed({ status }: Visit): boolean {
  return status === 0 || status >= 400;
}

/** `503, no answer` */
function failuresOf(sessions: readonly (readonly Visit[])[]): string {
  const statuses = new Set(
    sessions
      .flat()
      .filter(isFailed)
      .map(({ status }) => status),
  );
  return [...statuses].map((status) => (status === 0 ? "no answer" : String(status))).join(", ");
}

function reason(count: number, noun: string, what: string): string[] {
  return count === 0 ? [] : [`${formatAmount(count, noun)} ${what}`];
}
