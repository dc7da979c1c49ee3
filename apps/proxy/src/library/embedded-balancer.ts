import { EventEmitter } from "node:events";
import {
  type ConfigProblem,
  type ListenAddress,
  type LoadResult,
  type Settings,
  formatListenAddress,
} from "@evenkeel/config";
import type { BackendHealthView, OperatorState } from "@evenkeel/core";
import type { AdminCall } from "../admin/audit.ts";
import type { ReloadResult } from "../generation/generations.ts";
import { EvenkeelConfigError } from "./config-error.ts";
import type { PoolHealthChange } from "../health/health-control.ts";
import type { AccessRecord } from "../observe/access-record.ts";
import type { Notice } from "../observe/notices.ts";
import type { StrategyChange } from "../pool-strategies.ts";
import {
  type ProxyHooks,
  type ProxySource,
  type RunningProxy,
  startProxy,
} from "../start-proxy.ts";

/** What a balancer tells its listeners, each in a turn of its own. */
export interface BalancerEvents {
  /** A request has ended; at the latest 100 ms ago, or when the balancer closes. */
  readonly request: [record: AccessRecord];
  /** A backend's status, breaker or permission has changed. */
  readonly health: [change: PoolHealthChange];
  /** A pool picks by another strategy, because somebody asked the admin API for it. */
  readonly strategy: [change: StrategyChange];
  /** Somebody changed something through the admin API, or was refused. */
  readonly adminCall: [call: AdminCall];
  /** Another configuration came into force, or was refused whole. */
  readonly reload: [reload: ReloadResult & { readonly by: string }];
  /** Something an operator should know, with how often it happened. */
  readonly notice: [notice: Notice];
  readonly workerCrash: [crash: { readonly worker: number; readonly reason: string }];
  readonly workerReplaced: [worker: { readonly worker: number; readonly afterMs: number }];
}

/** What is known of one backend. */
export interface BackendHealth extends Pick<
  BackendHealthView,
  "status" | "breaker" | "reason" | "lastError" | "consecutiveSuccesses" | "consecutiveFailures"
> {
  readonly pool: string;
  readonly id: string;
}

/** A balancer inside the caller's process, from `createBalancer`. */
export class EmbeddedBalancer extends EventEmitter<BalancerEvents> implements AsyncDisposable {
  /** What is doubtful about the settings, but no error. */
  readonly warnings: readonly ConfigProblem[];
  readonly #proxy: RunningProxy;
  readonly #load: (settings: Settings) => LoadResult;
  #closed: Promise<void> | null = null;

  private constructor(
    proxy: RunningProxy,
    load: (settings: Settings) => LoadResult,
    warnings: readonly ConfigProblem[],
  ) {
    super();
    this.#proxy = proxy;
    this.#load = load;
    this.warnings = warnings;
  }

  static async start(
    source: ProxySource & { readonly warnings: readonly ConfigProblem[] },
    load: (settings: Settings) => LoadResult,
  ): Promise<EmbeddedBalancer> {
    let balancer: EmbeddedBalancer | null = null;
    const proxy = await startProxy(
      source,
      hooksFor(() => balancer),
    );
    balancer = new EmbeddedBalancer(proxy, load, source.warnings);
    return balancer;
  }

  /** Where the first listener is, with the port that the system chose: `http://127.0.0.1:41234`. */
  get url(): string {
    return this.urls[0] ?? "";
  }

  /** Of every listener, in the order of the settings; `unix:/path` for a unix socket. */
  get urls(): readonly string[] {
    return this.#proxy.addresses.map(urlOf);
  }

  /** Of the admin listener; null when there is none. */
  get adminUrl(): string | null {
    return this.#proxy.admin === null ? null : urlOf(this.#proxy.admin);
  }

  /** Requests that are at a backend now. */
  get inFlight(): number {
    return this.#proxy.inFlight();
  }

  /** Every backend, in the order of the settings. */
  health(): readonly BackendHealth[] {
    return this.#proxy
      .health()
      .flatMap(({ pool, backends }) => backends.map((view) => healthOf(pool, view)));
  }

  /**
   * `draining`: no new requests, those that run finish; `maintenance`: the same, and it says so;
   * `active`: traffic again, with slow start. False when there is no such backend.
   */
  setBackendState(
    pool: string,
    id: string,
    state: OperatorState,
    reason = "set by program",
  ): boolean {
    return this.#proxy.setBackendState(pool, id, state, reason);
  }

  /**
   * Goes by other settings from the next request on, whole or not at all; requests that run end as they
   * began, and what is known of backends that stay is kept. Rejects with an `EvenkeelConfigError` that
   * lists everything wrong with them, and then nothing has changed. A listener without an address is the one
   * that was there, with its port.
   */
  async reload(settings: Settings): Promise<{
    readonly generation: number;
    /** One line for each setting that is not as it was. */
    readonly changes: readonly string[];
  }> {
    const loaded = this.#load(settings);
    const result = await this.#proxy.reload(() => loaded, "reload()");
    if (!result.ok) throw new EvenkeelConfigError(result.problems);
    return { generation: result.generation, changes: result.changes };
  }

  /**
   * Takes nothing new and lets what runs finish, at the latest after `shutdown.timeout`. From then on
   * nothing of it keeps the process alive. Closing twice is the same as once.
   */
  close(): Promise<void> {
    this.#closed ??= this.#stop();
    return this.#closed;
  }

  async #stop(): Promise<void> {
    await this.#proxy.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * What a listener throws must not end the work that it is told of, so each event is told in a
 * microtask: there it is an uncaught exception, as with any other emitter. Before `startProxy` has
 * answered nobody can listen.
 */
function hooksFor(balancer: () => EmbeddedBalancer | null): ProxyHooks {
  const tell = <Name extends keyof BalancerEvents>(
    name: Name,
    ...facts: BalancerEvents[Name]
  ): void => {
    const emitter: EventEmitter | null = balancer();
    queueMicrotask(() => emitter?.emit(name, ...facts));
  };
  return {
    writeLog: (lines) => {
      if ((balancer()?.listenerCount("request") ?? 0) === 0) return;
      for (const line of lines.trimEnd().split("\n")) {
        tell("request", JSON.parse(line) as AccessRecord);
      }
    },
    onHealthChange: (change) => tell("health", change),
    onNotice: (notice) => tell("notice", notice),
    onWorkerCrash: (worker, reason) => tell("workerCrash", { worker, reason }),
    onStrategyChange: (change) => tell("strategy", change),
    onAdminCall: (call) => tell("adminCall", call),
    onWorkerReplaced: (worker, afterMs) => tell("workerReplaced", { worker, afterMs }),
    onReload: (result, by) => tell("reload", { ...result, by }),
    // Whoever holds it has asked for it.
    onTracing: () => {},
  };
}

function healthOf(
  pool: string,
  { backend: { id }, ...view }: BackendHealthView & { readonly backend: { readonly id: string } },
): BackendHealth {
  const { status, breaker, reason, lastError, consecutiveSuccesses, consecutiveFailures } = view;
  const counts = { consecutiveSuccesses, consecutiveFailures };
  return { pool, id, status, breaker, reason, lastError, ...counts };
}

/** An address for all interfaces is reached over loopback. */
function urlOf(address: ListenAddress): string {
  if (address.kind === "unix") return formatListenAddress(address);
  const reachable = loopbackOf[address.host] ?? address.host;
  return `http://${formatListenAddress({ ...address, host: reachable })}`;
}

const loopbackOf: Readonly<Record<string, string>> = {
  "": "127.0.0.1",
  "0.0.0.0": "127.0.0.1",
  "::": "::1",
};
