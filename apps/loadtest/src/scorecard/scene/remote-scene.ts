import type { FailoverRun } from "../../failover/run-failover.ts";
import type { SystemUnderTest } from "../../failover/system/system-under-test.ts";
import type { WireMessage } from "../wire/message.ts";
import type { Arrival } from "../wire/recorder.ts";
import type { WireAnswer } from "../wire/wire-client.ts";
import { runSharedFault } from "./fault-runs.ts";
import type { RemoteBackend } from "./remote-backend.ts";
import {
  type FleetSetup,
  NotApplicable,
  type Scene,
  type SharedFault,
  type WireExchange,
  type WireOutcome,
} from "./scene.ts";
import { exchangeOnWire } from "./wire-exchange.ts";

/** A balancer that somebody else runs: what can be judged from outside, and what its backends let us do. */
export class RemoteScene implements Scene {
  readonly isConfiguredByUs = false as const;
  readonly signal: AbortSignal;
  readonly #url: URL;
  readonly #backends: readonly RemoteBackend[];
  readonly #runs: Map<SharedFault, Promise<FailoverRun>> = new Map();

  /** `backends` are all behind `url`; empty when nobody told. */
  constructor(url: URL, backends: readonly RemoteBackend[], signal: AbortSignal) {
    this.#url = url;
    this.#backends = backends;
    this.signal = signal;
  }

  async testBackends(): Promise<SystemUnderTest> {
    const { arrivals } = await this.exchange({
      send: `GET /echo HTTP/1.1\r\nHost: ${this.#url.host}\r\nConnection: close\r\n\r\n`,
    });
    if (arrivals === undefined) throw new NotApplicable("its backends are no test-backends");
    return await this.fleet("equal");
  }

  async fleet(setup: FleetSetup): Promise<SystemUnderTest> {
    if (setup === "weighted") throw new NotApplicable("nobody knows its weights");
    if (setup === "limited") throw new NotApplicable("nobody knows its backends' capacity");
    const backends = this.#backends;
    return {
      url: this.#url.href,
      backends,
      backendCount: Math.max(1, backends.length),
      settings: undefined,
      onRecord: () => {},
      async collect() {
        const sightings = await Promise.all(backends.map((backend) => backend.sightings()));
        return { balancer: undefined, backends: sightings.flat(), events: undefined };
      },
      async dispose() {},
    };
  }

  async exchange(exchange: WireExchange): Promise<WireOutcome> {
    if (exchange.script !== undefined) {
      throw new NotApplicable("needs a backend that answers as the check says");
    }
    if (this.#url.protocol === "https:") throw new NotApplicable("speaks http only");
    const answer = await exchangeOnWire(Number(this.#url.port || 80), exchange, this.#url.hostname);
    return { answer, arrivals: echoedArrivals(answer) };
  }

  failover(fault: SharedFault): Promise<FailoverRun> {
    const run = this.#runs.get(fault) ?? this.#runFault(fault);
    this.#runs.set(fault, run);
    return run;
  }

  async capacityPerSecond(): Promise<number> {
    throw new NotApplicable("nobody knows its backends' capacity");
  }

  async reset(): Promise<void> {}

  async dispose(): Promise<void> {}

  async #runFault(fault: SharedFault): Promise<FailoverRun> {
    if (this.#backends.length < 2) {
      throw new NotApplicable(
        "needs --backends with the control URLs of two test-backends or more",
      );
    }
    return await runSharedFault(fault, await this.fleet("equal"), this.signal);
  }
}

interface EchoAnswer {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
  readonly body: string | null;
  readonly connectionId: number;
}

/** What test-backends say at `/echo` that they got; undefined when somebody else answered. */
function echoedArrivals({ messages }: WireAnswer): readonly Arrival[] | undefined {
  const arrivals = messages.map(echoedArrival).filter((arrival) => arrival !== undefined);
  return arrivals.length === 0 ? undefined : arrivals;
}

function echoedArrival({ body }: WireMessage): Arrival | undefined {
  if (!body.startsWith("{") || !body.includes('"connectionId"')) return undefined;
  const echo = JSON.parse(body) as EchoAnswer;
  const startLine = `${echo.method} ${echo.target} HTTP/${echo.httpVersion}`;
  const head = `${[startLine, ...echo.headers.map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;
  return {
    startLine,
    fields: echo.headers,
    body: echo.body ?? "",
    trailers: echo.trailers,
    isComplete: true,
    head,
    raw: head + (echo.body ?? ""),
    length: head.length,
    connection: echo.connectionId,
  };
}
