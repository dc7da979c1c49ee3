/*
 * What breaks when, as a text or by chance. Pure: text, numbers and `random` in, events out. The text is the
 * one of a test-backend's own timeline, with the backend's number after the fault.
 */
import { formatDuration, parseDuration } from "@evenkeel/config/duration";
import { LoadtestError } from "../errors.ts";
import type { FaultKind } from "../failover/faults/fault-kind.ts";
import { faultKinds, faultNamed } from "../failover/faults/registry.ts";

/** One fault on the timeline. */
export interface ChaosEvent {
  /** From the start of the load. */
  readonly atMs: number;
  readonly fault: FaultKind;
  /** Positions in the pool, from 0, in order. */
  readonly victims: readonly number[];
  /** undefined: to the end of the load. */
  readonly forMs: number | undefined;
}

/** How to draw a timeline. */
export interface RandomTimelineOptions {
  readonly durationMs: number;
  readonly backends: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

const pattern = /^t=(\S+):\s*([a-z0-9-]+)(?:\s+(\d+(?:,\d+)*))?(?:\s+for\s+(\S+))?$/;

/**
 * Reads `t=5s: kill 1 for 10s; t=20s: storm-500 2 for 5s`. The backend's number counts from 1 and may be a
 * list; without it the fault chooses, as it does in `failover`. Without `for` it lasts to the end.
 *
 * @throws LoadtestError `BAD_OPTION` that names the part that is wrong.
 */
export function parseTimeline(text: string, backends: number): ChaosEvent[] {
  const parts = text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length === 0) throw bad("the timeline is empty");
  const events = parts.map((part) => parseEvent(part, backends));
  const inOrder = events.toSorted((a, b) => a.atMs - b.atMs);
  requireApart(inOrder);
  return inOrder;
}

/**
 * Draws faults one after the other, with pauses between, on one backend each. At least one other backend is
 * always well: what a balancer cannot serve at all says little about the balancer.
 */
export function randomTimeline({
  durationMs,
  backends,
  random,
}: RandomTimelineOptions): ChaosEvent[] {
  const kinds = faultKinds.filter((kind) => kind.victims(backends) === 1);
  const between = (from: number, to: number): number => Math.round(from + random() * (to - from));
  const events: ChaosEvent[] = [];
  let atMs = between(3000, 6000);
  for (;;) {
    const forMs = between(2000, 8000);
    if (atMs + forMs > durationMs - calmEndMs) return events;
    const fault = kinds[Math.floor(random() * kinds.length)] as FaultKind;
    events.push({ atMs, fault, victims: [Math.floor(random() * backends)], forMs });
    atMs += forMs + between(2000, 6000);
  }
}

/** Left at the end, so that the last recovery is seen. */
export const calmEndMs = 5000;

/** `t=5s: kill 1 for 10s`: what {@link parseTimeline} reads back. */
export function formatEvent({ atMs, fault, victims, forMs }: ChaosEvent): string {
  const who = victims.map((victim) => victim + 1).join(",");
  const length = forMs === undefined ? "" : ` for ${formatDuration(forMs)}`;
  return `t=${formatDuration(atMs)}: ${fault.name} ${who}${length}`;
}

/** When the last fault is over; Infinity where one lasts to the end. */
export function endOfTimeline(events: readonly ChaosEvent[]): number {
  return Math.max(...events.map(endOf));
}

function parseEvent(part: string, backends: number): ChaosEvent {
  const match = pattern.exec(part);
  if (match === null) {
    throw bad(`${quote(part)} is not like "t=5s: kill 1 for 10s"`);
  }
  const [, at = "", name = "", who, length] = match;
  const fault = faultNamed(name);
  return {
    atMs: timeIn(part, at),
    fault,
    victims: victimsIn(part, who, fault, backends),
    forMs: length === undefined ? undefined : timeIn(part, length),
  };
}

function timeIn(part: string, text: string): number {
  const time = parseDuration(text);
  if (time.ok) return time.value;
  throw bad(`${quote(part)}: ${time.message}`);
}

function victimsIn(
  part: string,
  who: string | undefined,
  fault: FaultKind,
  backends: number,
): number[] {
  if (who === undefined) {
    return Array.from({ length: fault.victims(backends) }, (_, index) => index);
  }
  const victims = who.split(",").map((number) => Number(number) - 1);
  const wrong = victims.find((victim) => victim < 0 || victim >= backends);
  if (wrong === undefined) return [...new Set(victims)].toSorted((a, b) => a - b);
  throw bad(`${quote(part)}: there is no backend ${wrong + 1}; they count from 1 to ${backends}`);
}

/** Two faults on one backend at a time would take each other back. */
function requireApart(events: readonly ChaosEvent[]): void {
  for (const [index, event] of events.entries()) {
    const clash = events
      .slice(index + 1)
      .find((later) => later.atMs < endOf(event) && shareVictim(event, later));
    if (clash === undefined) continue;
    throw bad(`${quote(formatEvent(clash))} begins before ${quote(formatEvent(event))} is over`);
  }
}

function shareVictim(one: ChaosEvent, other: ChaosEvent): boolean {
  return one.victims.some((victim) => other.victims.includes(victim));
}

function endOf({ atMs, forMs = Infinity }: ChaosEvent): number {
  return atMs + forMs;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", `timeline: ${message}`);
}
