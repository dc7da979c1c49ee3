import { type Override, formatProblem, loadConfig } from "@evenkeel/config";
import { startProxy } from "../../../src/index.ts";

/** The fields of a JSON access record that the invariants look at. */
export interface AccessRecord {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly pool: string | null;
  readonly request_id: string;
}

export interface ProxyUnderTest {
  readonly port: number;
  readonly log: AccessRecord[];
  /** Workers that died, exceptions and rejections that nobody caught. */
  readonly faults: string[];
  inFlight(): number;
  stop(): Promise<void>;
}

export interface ProxyOptions {
  readonly backendPorts: readonly number[];
  /** 0 runs it in this thread, in step with the harness. */
  readonly workers: number;
  readonly pool?: Readonly<Record<string, unknown>>;
  readonly listener?: Readonly<Record<string, unknown>>;
  readonly accessLog?: "json" | "off";
}

/** The whole proxy on a port of its own, as a library user starts it. */
export async function startProxyUnderTest(options: ProxyOptions): Promise<ProxyUnderTest> {
  const log: AccessRecord[] = [];
  const faults: string[] = [];
  const note = (error: unknown): void => {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  const hooks = {
    writeLog: (lines: string) => {
      for (const line of lines.trimEnd().split("\n")) log.push(JSON.parse(line) as AccessRecord);
    },
    onHealthChange: () => {},
    onWorkerCrash: (worker: number, reason: string) => faults.push(`worker ${worker}: ${reason}`),
  };
  // Turns begin with the first backend, so that a campaign can be run again.
  const proxy = await startProxy(sourceOf(options), hooks, () => 0);
  const [address] = proxy.addresses;
  if (address?.kind !== "tcp") throw new Error("the proxy has no TCP address");
  return {
    port: address.port,
    log,
    faults,
    inFlight: () => proxy.inFlight(),
    stop: async () => {
      await proxy.stop();
      process.off("uncaughtException", note);
      process.off("unhandledRejection", note);
    },
  };
}

function sourceOf(options: ProxyOptions): Parameters<typeof startProxy>[0] {
  const backends = options.backendPorts.map((port) => `http://127.0.0.1:${port}`);
  const origin = "conformance harness";
  const overrides: Override[] = [
    { path: ["workers"], value: options.workers, origin },
    { path: ["listeners"], value: [{ address: "127.0.0.1:0", ...options.listener }], origin },
    { path: ["pools", "main"], value: { backends, healthCheck: false, ...options.pool }, origin },
    { path: ["accessLog"], value: options.accessLog ?? "json", origin },
    { path: ["shutdown"], value: { timeout: "2s" }, origin },
  ];
  const result = loadConfig({ env: {}, overrides });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result;
}
