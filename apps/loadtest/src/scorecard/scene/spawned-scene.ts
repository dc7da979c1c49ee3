import type { FailoverRun } from "../../failover/run-failover.ts";
import type { SystemUnderTest } from "../../failover/system/system-under-test.ts";
import { type Balancer, commonPolicy, type PoolServer } from "../balancers/balancer.ts";
import { StartedBalancer } from "../balancers/started-balancer.ts";
import { statusOf } from "../wire/message.ts";
import { Recorder } from "../wire/recorder.ts";
import { runSharedFault } from "./fault-runs.ts";
import { Fleet } from "./fleet.ts";
import { measureCapacity } from "./measure-capacity.ts";
import {
  capacity,
  type FleetSetup,
  NotApplicable,
  type Scene,
  type SharedFault,
  weights,
  type WireExchange,
  type WireOutcome,
} from "./scene.ts";
import { untilAllServe } from "./until-ready.ts";
import { exchangeOnWire } from "./wire-exchange.ts";

/** Twice what the backends serve at a time: enough to keep them busy, too little for a long queue there. */
const inFlightPerServer = capacity.slots * 2;

/** A balancer that we start, in front of backends of ours. One setup runs at a time. */
export class SpawnedScene implements Scene {
  readonly isConfiguredByUs = true as const;
  readonly signal: AbortSignal;
  readonly #balancer: Balancer;
  readonly #version: string;
  readonly #fleet: Fleet;
  readonly #runs: Map<SharedFault, Promise<FailoverRun>> = new Map();
  #setup: FleetSetup | "recorded" | undefined;
  #started: StartedBalancer | undefined;
  /** Nothing was exchanged with the balancer that runs. */
  #isFresh = true;
  #recorder: Recorder | undefined;
  #limitedFleet: Fleet | undefined;

  constructor(parts: {
    readonly balancer: Balancer;
    readonly version: string;
    /** Three equal ones; they are not ended with this scene. */
    readonly fleet: Fleet;
    readonly signal: AbortSignal;
  }) {
    this.#balancer = parts.balancer;
    this.#version = parts.version;
    this.#fleet = parts.fleet;
    this.signal = parts.signal;
  }

  testBackends(): Promise<SystemUnderTest> {
    return this.fleet("equal");
  }

  async fleet(setup: FleetSetup): Promise<SystemUnderTest> {
    const fleet = setup === "limited" ? await this.#slowFleet() : this.#fleet;
    const servers = fleet.backends.map(({ name, port }, index) => {
      return { name, port, weight: setup === "weighted" ? (weights[index] ?? 1) : 1 };
    });
    const isNew = this.#setup !== setup;
    const url = `http://127.0.0.1:${await this.#portOf(setup, servers)}/`;
    if (isNew) {
      await untilAllServe(
        url,
        servers.map(({ name }) => name),
      );
    }
    return fleet.behind(url);
  }

  async exchange(exchange: WireExchange): Promise<WireOutcome> {
    this.#recorder ??= await Recorder.start(commonPolicy.checkPath);
    const recorder = this.#recorder;
    const server = { name: "recorder", port: recorder.port, weight: 1 };
    const port = await this.#portOf("recorded", [server]);
    const outcome = await this.#exchangeAt(port, recorder, exchange);
    if (exchange.spoils === true) await this.reset();
    if (!this.#holdsAGrudge(outcome)) {
      this.#isFresh = false;
      return outcome;
    }
    await this.reset();
    return await this.exchange(exchange);
  }

  async #exchangeAt(
    port: number,
    recorder: Recorder,
    exchange: WireExchange,
  ): Promise<WireOutcome> {
    recorder.take();
    if (exchange.script !== undefined) recorder.script = exchange.script;
    recorder.answersEarly = exchange.answersEarly ?? false;
    const answer = await exchangeOnWire(port, exchange);
    return { answer, arrivals: recorder.take() };
  }

  /** What an earlier exchange did may have taken the one backend out: that answers another question. */
  #holdsAGrudge({ answer, arrivals }: WireOutcome): boolean {
    const refusals = answer.messages.filter((message) => [502, 503].includes(statusOf(message)));
    return !this.#isFresh && refusals.length > 0 && arrivals?.length === 0;
  }

  failover(fault: SharedFault): Promise<FailoverRun> {
    const run = this.#runs.get(fault) ?? this.#runFault(fault);
    this.#runs.set(fault, run);
    return run;
  }

  async capacityPerSecond(): Promise<number> {
    const { backends } = await this.#slowFleet();
    return await measureCapacity(
      backends.map(({ url }) => url),
      inFlightPerServer,
    );
  }

  async reset(): Promise<void> {
    await this.#started?.stop();
    this.#started = undefined;
    this.#setup = undefined;
    this.#isFresh = true;
  }

  /** Ends the balancer and what was started for this scene alone. */
  async dispose(): Promise<void> {
    await this.reset();
    await this.#recorder?.close();
    await this.#limitedFleet?.dispose();
  }

  async #runFault(fault: SharedFault): Promise<FailoverRun> {
    // Fresh: what an earlier fault taught it must not help or hurt.
    await this.reset();
    return await runSharedFault(fault, await this.fleet("equal"), this.signal);
  }

  async #slowFleet(): Promise<Fleet> {
    const { slots, serviceMs, backends } = capacity;
    this.#limitedFleet ??= await Fleet.start(backends, [
      "--slots",
      String(slots),
      "--service-time",
      `${serviceMs}ms`,
    ]);
    return this.#limitedFleet;
  }

  async #portOf(setup: FleetSetup | "recorded", servers: readonly PoolServer[]): Promise<number> {
    if (this.#started !== undefined && this.#setup === setup) return this.#started.port;
    const sticky = setup === "sticky";
    const lack = this.#balancer.lacks({ servers, sticky }, this.#version);
    if (lack !== undefined) throw new NotApplicable(lack);
    await this.reset();
    this.#started = await StartedBalancer.start(this.#balancer, {
      servers,
      sticky,
      inFlightPerServer: setup === "limited" ? inFlightPerServer : undefined,
    });
    this.#setup = setup;
    return this.#started.port;
  }
}
