import { ok } from "node:assert/strict";
import {
  Balancer,
  Lease,
  Pool,
  Scoreboard,
  defaultChoice,
  strategyNames,
  type Backend,
} from "@evenkeel/core";
import { ATOMICS, type Subject } from "./subject.ts";

const POOL_SIZES = [3, 10, 100];
/** First attempts of as many clients: a strategy that hashes must not find everything predicted. */
const CLIENTS = Array.from({ length: 4096 }, (_, index) => {
  return { hashKey: `192.0.${index & 255}.${(index * 13) % 251}`, tried: [] };
});
const ANSWERED = { kind: "response", status: 200, latencyMs: 1 } as const;

/**
 * One request's share of balancing: a lease taken and given back, for every strategy. The last row is
 * the floor: the two atomic additions that count an attempt in flight.
 */
export function pickSubjects(): Subject[] {
  const common = { group: "acquire + release", bytes: 0 };
  return POOL_SIZES.flatMap((size) => [
    ...strategyNames.map((strategy) => {
      const balancer = readyBalancer(strategy, size);
      checkTurns(strategy, balancer, size);
      return {
        ...common,
        name: `${size} backends`,
        contender: strategy,
        run: (count: number) => acquireAndRelease(balancer, count),
      };
    }),
    { ...common, name: `${size} backends`, contender: ATOMICS, run: addAndSubtract },
  ]);
}

function readyBalancer(strategy: (typeof strategyNames)[number], size: number): Balancer {
  const members = Array.from({ length: size }, (_, slot): Backend => {
    return {
      id: `backend-${slot}`,
      host: "192.0.2.1",
      port: 8000 + slot,
      socketPath: null,
      weight: 1,
      priority: 0,
      slot,
    };
  });
  const scoreboard = Scoreboard.allocate({ workers: 1, pools: 1, backends: size });
  for (const { slot } of members) scoreboard.setReady(slot, true);
  const pool = new Pool("web", 0, members);
  const clock = (): number => performance.now();
  return new Balancer({
    pool,
    strategy: defaultChoice(strategy),
    scoreboard,
    worker: 0,
    clock,
    random: Math.random,
  });
}

/** Every strategy but `first` spreads attempts that stay open over more than one backend. */
function checkTurns(strategy: string, balancer: Balancer, size: number): void {
  const leases = Array.from({ length: size * 20 }, (_, count) => acquired(balancer, count));
  const used = new Set(leases.map(({ backend }) => backend.id)).size;
  ok(strategy === "first" ? used === 1 : used > 1);
  for (const lease of leases) ok(lease.release(ANSWERED));
}

function acquired(balancer: Balancer, count: number): Lease {
  const lease = balancer.acquire(CLIENTS[count & 4095] as (typeof CLIENTS)[number]);
  if (!(lease instanceof Lease)) throw new Error(`no lease: ${lease}`);
  return lease;
}

function acquireAndRelease(balancer: Balancer, operations: number): void {
  for (let count = 0; count < operations; count += 1) acquired(balancer, count).release(ANSWERED);
}

const cells = new Int32Array(new SharedArrayBuffer(64));

function addAndSubtract(operations: number): void {
  for (let count = 0; count < operations; count += 1) {
    Atomics.add(cells, 0, 1);
    Atomics.sub(cells, 0, 1);
  }
}
