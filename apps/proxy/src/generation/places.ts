import type { BackendConfig, ResolvedConfig } from "@evenkeel/config";
// Not from the package's index: see listen-error.ts.
import { formatListenAddress } from "@evenkeel/config/listen-address";
import type { Scoreboard, ScoreboardShape } from "@evenkeel/core";
import { limitKeysOf } from "../admission/limit-tables.ts";
import type { TrafficCounters } from "../observe/traffic-counters.ts";
import { KeyedPlaces } from "./keyed-places.ts";
import type { PlacedConfig, PlacedListener } from "./placed-config.ts";

/*
 * What the threads share has a fixed size, because a count that is exact cannot move while threads count.
 * So there is room for later generations from the beginning; what nobody has used yet is memory that the
 * system has only promised.
 */
const leastBackends = 4_096;
const leastPools = 256;
/** How many times as many as at the start fit at least. */
const growth = 4;

/** Rows for what `config` has, and for what may come. */
export function roomFor({ pools }: ResolvedConfig, workers: number): ScoreboardShape {
  const backends = pools.reduce((sum, pool) => sum + pool.backends.length, 0);
  return {
    workers,
    pools: Math.max(leastPools, growth * pools.length),
    backends: Math.max(leastBackends, growth * backends),
  };
}

/** The next generation, not yet in force. */
export interface Placement {
  readonly config: PlacedConfig;
  /** Backends that have just got their rows, by slot. */
  readonly added: ReadonlySet<number>;
  /** It is in force, and its listeners are at these addresses; the answer is the slots that nobody has any more. */
  settle(listeners: PlacedConfig["listeners"]): readonly number[];
}

/** There is not enough room; the message is for people. */
export class NoRoomError extends Error {}

/**
 * Where everything is in what the threads share, from one generation to the next: what stays keeps its
 * row, and what is new gets one that nobody uses any more.
 */
export class Places {
  readonly #scoreboard: Scoreboard;
  readonly #counters: readonly TrafficCounters[];
  readonly #random: () => number;
  readonly #slots: KeyedPlaces;
  readonly #rows: KeyedPlaces;
  #listeners: ReadonlyMap<string, PlacedListener> = new Map();
  #limits: ReadonlyMap<string, SharedArrayBuffer> = new Map();
  #generation = 0;

  /** `random` (from 0 to below 1) says where the turns of each pool begin. */
  constructor(scoreboard: Scoreboard, counters: readonly TrafficCounters[], random: () => number) {
    this.#scoreboard = scoreboard;
    this.#counters = counters;
    this.#random = random;
    const { shape } = scoreboard;
    this.#slots = new KeyedPlaces(shape.backends, (slot) => scoreboard.inFlight(slot) === 0);
    this.#rows = new KeyedPlaces(shape.pools, () => true);
  }

  /** Throws a NoRoomError. One that is not settled never was. */
  place(config: ResolvedConfig): Placement {
    const rows = this.#rows.next(config.pools.map(({ name }) => name));
    const slots = this.#slots.next(config.pools.flatMap(slotKeysOf));
    if (rows === null || slots === null) throw new NoRoomError(this.#noRoom(config));
    for (const slot of slots.added) this.#clearSlot(slot);
    for (const row of rows.added) this.#clearRow(row);
    const keys = limitKeysOf(config);
    const { workers } = this.#scoreboard.shape;
    const limits = new Map(
      keys.map(({ key, allocate }) => [key, this.#limits.get(key) ?? allocate(workers)]),
    );
    const placed: PlacedConfig = {
      ...config,
      generation: this.#generation + 1,
      listeners: this.#placeListeners(config),
      pools: config.pools.map((pool) => ({
        ...pool,
        row: rows.of(pool.name),
        backends: pool.backends.map((backend) => {
          return { ...backend, slot: slots.of(slotKey(pool.name, backend)) };
        }),
      })),
      limitTables: keys.map(({ key }) => limits.get(key) as SharedArrayBuffer),
    };
    return {
      config: placed,
      added: new Set(slots.added),
      settle: (listeners) => {
        this.#generation = placed.generation;
        this.#limits = limits;
        this.#listeners = new Map(listeners.map((listener) => [listener.key, listener]));
        rows.settle();
        return slots.settle();
      },
    };
  }

  #placeListeners({ listeners }: ResolvedConfig): PlacedListener[] {
    const seen = new Map<string, number>();
    return listeners.map((listener) => {
      const text = formatListenAddress(listener.address);
      const count = seen.get(text) ?? 0;
      seen.set(text, count + 1);
      // Several may ask for a free port; the same position means the same one.
      const key = `${text}#${count}`;
      return { ...listener, key, address: this.#listeners.get(key)?.address ?? listener.address };
    });
  }

  #clearRow(row: number): void {
    // Several balancers that start together would otherwise send their first requests to one backend.
    this.#scoreboard.startSequence(row, Math.floor(this.#random() * 2 ** 32));
    for (const counters of this.#counters) counters.clearPool(row);
  }

  #clearSlot(slot: number): void {
    this.#scoreboard.clearSlot(slot);
    for (const counters of this.#counters) counters.clearBackend(slot);
  }

  #noRoom({ pools }: ResolvedConfig): string {
    const { shape } = this.#scoreboard;
    const backends = pools.reduce((sum, pool) => sum + pool.backends.length, 0);
    return (
      `${pools.length} pools with ${backends} backends do not fit beside those that still have requests: ` +
      `a process has room for ${shape.pools} pools and ${shape.backends} backends, ` +
      `or ${growth} times as many as it started with; restart it`
    );
  }
}

/** A backend that moved to another address is another backend, whatever its id. */
function slotKey(
  pool: string,
  { id, host, port, socketPath }: Pick<BackendConfig, "id" | "host" | "port" | "socketPath">,
): string {
  return JSON.stringify([pool, id, host, port, socketPath]);
}

function slotKeysOf({ name, backends }: ResolvedConfig["pools"][number]): string[] {
  return backends.map((backend) => slotKey(name, backend));
}
