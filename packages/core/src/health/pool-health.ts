import { EvenkeelError } from "../errors.ts";
import type { Random } from "../runtime.ts";
import { BackendHealth, type BackendRules } from "./backend-health.ts";
import { ejectionCap, ejectionRules } from "./ejection.ts";
import type {
  BackendHealthView,
  HealthChange,
  OperatorState,
  Permission,
} from "./health-change.ts";
import type { HealthMember, HealthSettings } from "./health-settings.ts";
import { findOutliers, type OutcomeCounts } from "./outlier-statistics.ts";
import { requireThreshold, requireThresholds } from "./rise-fall.ts";
import { percentText } from "./wording.ts";

export interface PoolHealthDeps {
  readonly members: readonly HealthMember[];
  readonly settings: HealthSettings;
  readonly random: Random;
  /** When the process started, or the pool came to be. */
  readonly now: number;
}

type Changes = readonly HealthChange[];

/** Takes what `backend` changed; `reason` is for people. */
type Note = (backend: BackendHealth, reason: string) => void;

/**
 * The one owner of "may this backend receive traffic?", for one pool. Breaker, outlier detection, active
 * checks, operator and panic meet here, so they cannot disagree.
 *
 * Every event brings the pool up to `now` (monotonic milliseconds, never less than before) and returns
 * all it changed, in order: whoever follows the changes knows every status and every permission. Events
 * of backends that are not members (any more) change nothing else.
 */
export class PoolHealth {
  readonly #random: Random;
  #settings: HealthSettings;
  #rules: BackendRules;
  /** By id, in the members' order. */
  #backends: ReadonlyMap<string, BackendHealth>;
  #isPanicking: boolean;

  /**
   * The members are those of a process start: they take traffic unless `initialState` is `unhealthy`.
   * Throws EvenkeelError for a doubled id or a bad threshold.
   */
  constructor({ members, settings, random, now }: PoolHealthDeps) {
    requireMembers(members);
    this.#random = random;
    this.#settings = settings;
    this.#rules = backendRules(settings);
    this.#backends = new Map(
      members.map((member) => [member.id, new BackendHealth(member, "start", this.#rules, now)]),
    );
    this.#isPanicking = this.#mustPanic();
  }

  /** Fewer can serve than the panic threshold asks for: ejected backends serve too. */
  get isPanicking(): boolean {
    return this.#isPanicking;
  }

  /** What the data plane may send now; "none" for who is no member. */
  permission(id: string): Permission {
    return this.#backends.get(id)?.permission(this.#isPanicking) ?? "none";
  }

  /**
   * It drains, and could serve the clients that belong to it. Checks change it without a HealthChange:
   * ask after every event.
   */
  servesBound(id: string): boolean {
    return this.#backends.get(id)?.servesBound ?? false;
  }

  /**
   * Trial requests that may be out at a time. A canceled one says nothing: its token goes back to where
   * the worker took it from. Every HealthChange with tokens replaces those before.
   */
  trialTokens(id: string): number {
    return this.#backends.get(id)?.trialTokens(this.#isPanicking) ?? 0;
  }

  /**
   * An active check would decide something: check at the fast interval, and at once when this turned
   * true with a HealthChange.
   */
  wantsCheck(id: string): boolean {
    return this.#backends.get(id)?.wantsCheck ?? false;
  }

  /** Share of its normal traffic, 0.1 to 1: below 1 while a backend that was out ramps up. */
  rampShare(id: string, now: number): number {
    return this.#backends.get(id)?.rampShare(now) ?? 1;
  }

  /** undefined for who is no member. */
  view(id: string): BackendHealthView | undefined {
    return this.#backends.get(id)?.view(this.#isPanicking);
  }

  /** An active check ended. Nothing for a backend without checks. */
  checked(id: string, passed: boolean, reason: string, now: number): Changes {
    return this.#eventOf(id, now, (backend, note) => {
      const isNeeded = !this.#someOther(backend, (other) => other.isSound);
      const wasNeeded = passed && backend.checkPassed(isNeeded, now);
      if (!passed) backend.checkFailed(reason, now);
      note(backend, wasNeeded ? `${reason}, and no other backend is sound` : reason);
    });
  }

  /**
   * Workers saw `count` failures in a row, over all of them. Tell it again at each multiple of the
   * threshold: the cap may have forbidden the ejection the first time.
   */
  failuresInRow(id: string, count: number, now: number): Changes {
    const { breaker } = this.#settings;
    return this.#eventOf(id, now, (backend, note) => {
      if (breaker === null || count < breaker.failureThreshold) return;
      this.#eject(backend, `${count} failures in a row`, now, note);
    });
  }

  /** Outcomes of the outlier interval that just ended, by id. */
  swept(counts: ReadonlyMap<string, OutcomeCounts>, now: number): Changes {
    const { outlier } = this.#settings;
    return this.#event(now, (note) => {
      if (outlier === null) return;
      const judged = this.#ofServing(counts, now - outlier.intervalMs);
      for (const { id, reason } of findOutliers(judged, outlier)) {
        const backend = this.#backends.get(id);
        if (backend !== undefined) this.#eject(backend, reason, now, note);
      }
    });
  }

  /** A trial request was answered, or failed; not for one that was canceled. */
  trialEnded(id: string, succeeded: boolean, now: number): Changes {
    return this.#eventOf(id, now, (backend, note) => {
      backend.trialEnded(succeeded, this.#random, now);
      note(backend, succeeded ? "trial request succeeded" : "trial request failed");
    });
  }

  /** Wins over everything else; what else is known stays, and goes on being learned from checks. */
  setOperatorState(id: string, state: OperatorState, reason: string, now: number): Changes {
    return this.#eventOf(id, now, (backend, note) => {
      backend.setOperatorState(state);
      note(backend, reason === "" ? `operator: ${state}` : `operator: ${state}: ${reason}`);
    });
  }

  /** Time passed: ejections end, old ones are forgotten, lost trial requests are replaced. */
  advance(now: number): Changes {
    return this.#event(now, () => {});
  }

  /**
   * When `advance` has to be called at the latest, always after `now` if called after an event of that
   * moment; Infinity = not before another event. While a backend ramps up, that is when `rampShare`
   * should be read again.
   */
  nextAdvanceAt(now: number): number {
    let next = Infinity;
    for (const backend of this.#backends.values()) {
      next = Math.min(next, backend.nextAdvanceAt(now));
    }
    return next;
  }

  /**
   * Members or settings changed. A member whose id stays keeps all that is known. New ones ramp up, those
   * with an active check only after their first one passed; they are in no change yet: ask `permission`.
   */
  update(members: readonly HealthMember[], settings: HealthSettings, now: number): Changes {
    requireMembers(members);
    const rules = backendRules(settings);
    return this.#event(now, (note) => {
      this.#settings = settings;
      this.#rules = rules;
      const kept = this.#backends;
      this.#backends = new Map(members.map((member) => [member.id, this.#taken(member, now)]));
      for (const [id, backend] of this.#backends) {
        if (kept.has(id)) note(backend, "the configuration changed");
      }
    });
  }

  #taken(member: HealthMember, now: number): BackendHealth {
    const known = this.#backends.get(member.id);
    known?.retune(member.check, this.#rules, now);
    return known ?? new BackendHealth(member, "later", this.#rules, now);
  }

  #eventOf(id: string, now: number, act: (backend: BackendHealth, note: Note) => void): Changes {
    return this.#event(now, (note) => {
      const backend = this.#backends.get(id);
      if (backend !== undefined) act(backend, note);
    });
  }

  /** The frame of every event: time first, panic last. */
  #event(now: number, act: (note: Note) => void): Changes {
    const changes: HealthChange[] = [];
    const note: Note = (backend, reason) => {
      const change = backend.takeChange(reason, this.#isPanicking, now);
      if (change !== undefined) changes.push(change);
    };
    for (const backend of this.#backends.values()) {
      const reason = backend.advance(now);
      if (reason !== null) note(backend, reason);
    }
    act(note);
    this.#judgePanic(note);
    return changes;
  }

  #eject(backend: BackendHealth, reason: string, now: number, note: Note): void {
    // Failures of a backend that is out already are those of requests it had before.
    if (backend.ownPermission !== "full") return;
    const objection = this.#objection(backend);
    if (objection !== null) {
      backend.ejectionCapped(`${reason}, but ${objection}`, now);
      return;
    }
    backend.eject(this.#random, now);
    note(backend, reason);
  }

  /** Why the pool cannot spare this backend, or null. */
  #objection(backend: BackendHealth): string | null {
    if (!this.#someOther(backend, (other) => other.ownPermission === "full")) {
      return "no other backend can serve";
    }
    const active = this.#all((one) => one.isActive);
    const ejected = active.filter((one) => one.breaker !== "closed").length;
    const cap = ejectionCap(active.length, this.#rules.ejection.maxEjected);
    return ejected < cap ? null : `${ejected} of ${active.length} are ejected already`;
  }

  #judgePanic(note: Note): void {
    const must = this.#mustPanic();
    if (must === this.#isPanicking) return;
    this.#isPanicking = must;
    const reason = must
      ? `panic: less than ${percentText(this.#settings.panicThreshold)} of the pool can serve`
      : "the panic ended";
    for (const backend of this.#backends.values()) note(backend, reason);
  }

  #mustPanic(): boolean {
    const { panicThreshold } = this.#settings;
    const expected = this.#all((backend) => backend.isActive && !backend.awaitsFirstCheck);
    const serving = expected.filter((backend) => backend.ownPermission !== "none").length;
    return serving / expected.length < panicThreshold;
  }

  /**
   * Of the backends that served for the whole interval: failures from before an ejection must not
   * eject again a backend that has come back since.
   */
  #ofServing(
    counts: ReadonlyMap<string, OutcomeCounts>,
    since: number,
  ): ReadonlyMap<string, OutcomeCounts> {
    const serves = (id: string) => (this.#backends.get(id)?.servesSince ?? Infinity) <= since;
    return new Map([...counts].filter(([id]) => serves(id)));
  }

  #all(is: (backend: BackendHealth) => boolean): BackendHealth[] {
    return [...this.#backends.values()].filter(is);
  }

  #someOther(than: BackendHealth, is: (backend: BackendHealth) => boolean): boolean {
    for (const backend of this.#backends.values()) {
      if (backend !== than && is(backend)) return true;
    }
    return false;
  }
}

function backendRules(settings: HealthSettings): BackendRules {
  requireBreaker(settings);
  return {
    ejection: ejectionRules(settings),
    ejects: settings.breaker !== null || settings.outlier !== null,
    slowStartMs: settings.slowStartMs,
  };
}

function requireBreaker({ breaker }: HealthSettings): void {
  if (breaker === null) return;
  requireThreshold("failureThreshold", breaker.failureThreshold);
  requireThreshold("halfOpenRequests", breaker.halfOpenRequests);
}

function requireMembers(members: readonly HealthMember[]): void {
  const ids = new Set<string>();
  for (const { id, check } of members) {
    if (ids.has(id)) throw new EvenkeelError("EVENKEEL_DUPLICATE_BACKEND", `id ${id}`);
    ids.add(id);
    if (check !== null) requireThresholds(check);
  }
}
