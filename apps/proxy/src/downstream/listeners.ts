import { isDeepStrictEqual } from "node:util";
import type { ListenAddress } from "@evenkeel/config";
import type { Backend } from "@evenkeel/core";
import type { PlacedListener } from "../generation/placed-config.ts";
import type { ListenerContext } from "../thread-context.ts";
import { type ListenOptions, Listener } from "./listener.ts";

interface Open {
  readonly config: PlacedListener;
  readonly listener: Listener;
}

export interface ListenersPlace extends ListenOptions {
  /** This thread's column in the scoreboard. */
  readonly worker: number;
}

/** All listeners of one thread, from one generation to the next. */
export class Listeners {
  readonly #contextOf: (config: PlacedListener) => ListenerContext;
  readonly #place: ListenersPlace;
  /** By key. */
  #open: ReadonlyMap<string, Open> = new Map();
  /** Of the next generation: those that stay, and new ones that are bound. */
  #next: Map<string, Open> | null = null;
  /** No longer configured, with connections that have not ended. */
  readonly #leaving: Set<Listener> = new Set();

  constructor(contextOf: (config: PlacedListener) => ListenerContext, place: ListenersPlace) {
    this.#contextOf = contextOf;
    this.#place = place;
  }

  /**
   * Binds what is new, and lets those who connect there wait. The answer is all addresses, in order, with
   * the ports that the system chose; rejects with a ListenError, and then nothing has changed.
   */
  async prepare(configs: readonly PlacedListener[]): Promise<readonly ListenAddress[]> {
    const next = new Map<string, Open>();
    this.#next = next;
    const addresses: ListenAddress[] = [];
    try {
      for (const config of configs) {
        if (!this.#servesHere(config)) {
          addresses.push(config.address);
          continue;
        }
        const listener = this.#open.get(config.key)?.listener;
        const bound = listener === undefined ? await this.#bind(config) : { config, listener };
        next.set(config.key, bound);
        addresses.push(bound.config.address);
      }
    } catch (error) {
      this.abandon();
      throw error;
    }
    return addresses;
  }

  /** The path of a unix socket cannot be shared by several listening sockets: the first worker has them all. */
  #servesHere({ address }: PlacedListener): boolean {
    return address.kind === "tcp" || this.#place.worker === 0;
  }

  async #bind(config: PlacedListener): Promise<Open> {
    const listener = new Listener(this.#contextOf(config));
    const address = await listener.listen({ reusePort: this.#place.reusePort });
    return { config: { ...config, address }, listener };
  }

  commit(): void {
    const next = this.#next;
    if (next === null) return;
    const former = this.#open;
    this.#next = null;
    this.#open = next;
    for (const [key, { config, listener }] of next) {
      const known = former.get(key);
      if (known === undefined) listener.open();
      else if (!isDeepStrictEqual(known.config, config)) listener.follow(this.#contextOf(config));
    }
    for (const [key, { listener }] of former) if (!next.has(key)) void this.#leave(listener);
  }

  /** What was prepared never comes into force. */
  abandon(): void {
    for (const [key, { listener }] of this.#next ?? []) {
      if (!this.#open.has(key)) listener.destroy();
    }
    this.#next = null;
  }

  /** Stops accepting everywhere; resolves when the last connection has ended. */
  async drain(): Promise<void> {
    await Promise.all(this.#all().map((listener) => listener.drain()));
  }

  leaveDownBackends(isDown: (backend: Backend) => boolean): void {
    for (const listener of this.#all()) listener.leaveDownBackends(isDown);
  }

  destroy(): void {
    this.abandon();
    for (const listener of this.#all()) listener.destroy();
  }

  async #leave(listener: Listener): Promise<void> {
    this.#leaving.add(listener);
    await listener.drain();
    this.#leaving.delete(listener);
  }

  #all(): Listener[] {
    return [...[...this.#open.values()].map(({ listener }) => listener), ...this.#leaving];
  }
}
