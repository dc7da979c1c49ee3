import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Result, Subject } from "./subject.ts";

/** CPU time of one turn: long beside the clock's microsecond, short beside a neighbour's work. */
const TURN_MS = 40;
const WARMUP_MS = 120;
const ALLOCATION_RUNS = 3;

/**
 * Times all subjects: warm-up of every one, then round after round in their order (A B C A B C), so
 * that a slow minute of the machine meets all of them. The clock is the CPU time of this process
 * with its compiler and collector threads: while a neighbour has the core, it stands still.
 */
export function measure(
  subjects: readonly Subject[],
  rounds: number,
  say: (line: string) => void,
): Result[] {
  const collect = garbageCollector();
  const prepared = subjects.map((subject) => ({
    subject,
    operations: warmUp(subject),
    nanoseconds: [] as number[],
  }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { subject, operations, nanoseconds } of prepared) {
      collect();
      nanoseconds.push((cpuMs(subject, operations) * 1e6) / operations);
    }
    say(`round ${round}/${rounds}`);
  }
  return prepared.map(({ subject, operations, nanoseconds }) => {
    const { group, name, contender, bytes } = subject;
    const allocatedBytes = allocationPerOperation(subject, operations, collect);
    return { group, name, contender, bytes, nanoseconds, allocatedBytes };
  });
}

/** Runs until the compiler has seen enough; returns how many operations make one turn. */
function warmUp(subject: Subject): number {
  let operations = 8;
  let spentMs = 0;
  let lastMs = 0;
  while (spentMs < WARMUP_MS) {
    if (lastMs < TURN_MS / 2) operations *= 2;
    lastMs = cpuMs(subject, operations);
    spentMs += lastMs;
  }
  return Math.max(1, Math.round((operations * TURN_MS) / lastMs));
}

function cpuMs(subject: Subject, operations: number): number {
  const before = process.cpuUsage();
  subject.run(operations);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of a few runs: whatever else allocates meanwhile can only add. */
function allocationPerOperation(subject: Subject, operations: number, collect: () => void): number {
  let least = Infinity;
  for (let count = 0; count < ALLOCATION_RUNS; count += 1) {
    collect();
    const before = getHeapStatistics().total_allocated_bytes;
    subject.run(operations);
    const after = getHeapStatistics().total_allocated_bytes;
    least = Math.min(least, (after - before) / operations);
  }
  return least;
}

/**
 * Empties the young generation, so that no turn pays for the garbage of the one before. Not a full
 * collection: several of those throw away the compiled code of whoever is not running.
 */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { type: "minor" }) => void;
  return () => gc({ type: "minor" });
}
