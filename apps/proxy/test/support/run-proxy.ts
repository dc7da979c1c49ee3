import { type Override, type ResolvedConfig, loadConfig } from "@evenkeel/config";
import { atEnd } from "./concurrent.ts";
import {
  type ProxyHooks,
  type ProxySource,
  type ReloadResult,
  type RunningProxy,
  startProxy,
} from "../../src/index.ts";
import { eventually } from "./peer.ts";
import { type Answer, type RawBackend, startBackend } from "./raw-backend.ts";

/** One access record in the json format. */
export interface AccessRecord {
  readonly time: string;
  readonly client_ip: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly latency_ms: number;
  readonly pool: string | null;
  readonly backend: string | null;
  readonly attempts: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly request_id: string;
  readonly error: string | null;
}

/** Settings in the words of the configuration file; a backend is a URL or a mapping. */
export interface ProxySettings {
  readonly backends?: readonly unknown[];
  /** Of the pool `web`, besides its backends; health checks are off unless given. */
  readonly pool?: Readonly<Record<string, unknown>>;
  readonly listener?: Readonly<Record<string, unknown>>;
  /** Top-level keys, above everything else. */
  readonly top?: Readonly<Record<string, unknown>>;
}

export function configOf(settings: ProxySettings): ResolvedConfig {
  return sourceOf(settings).config;
}

export function sourceOf({ backends, pool, listener, top }: ProxySettings): ProxySource {
  const settings = {
    workers: 0,
    listeners: [{ address: "127.0.0.1:0", ...listener }],
    pools: { web: { backends, healthCheck: false, ...pool } },
    shutdown: { timeout: "1s" },
    ...top,
  };
  const overrides = Object.entries(settings).map(([key, value]): Override => ({
    path: [key],
    value,
    origin: "test",
  }));
  const result = loadConfig({ env: {}, overrides });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join("\n"));
  return result;
}

export type HealthChange = Parameters<ProxyHooks["onHealthChange"]>[0];
export type StrategyChange = Parameters<ProxyHooks["onStrategyChange"]>[0];
export type AdminCall = Parameters<ProxyHooks["onAdminCall"]>[0];
export type Notice = Parameters<ProxyHooks["onNotice"]>[0];

/** A proxy in this process and what it told its hooks. */
export interface TestProxy {
  readonly running: RunningProxy;
  readonly port: number;
  /** Access log as it was written. */
  log(): string;
  /** How many pieces it was written in. */
  logWrites(): number;
  records(): AccessRecord[];
  /** All records, when there are at least this many. */
  recorded(count: number): Promise<AccessRecord[]>;
  readonly healthChanges: readonly HealthChange[];
  readonly notices: readonly Notice[];
  readonly crashes: readonly string[];
  readonly strategyChanges: readonly StrategyChange[];
  readonly adminCalls: readonly AdminCall[];
  readonly reloads: readonly (ReloadResult & { readonly by: string })[];
  readonly replaced: readonly { readonly worker: number; readonly afterMs: number }[];
  /** Resolves when no request is in flight at any backend. */
  untilQuiet(): Promise<void>;
  /** Stops once; the end of the test does it too. */
  stop(): Promise<{ readonly isClean: boolean }>;
}

export async function startTestProxy(settings: ProxySettings): Promise<TestProxy> {
  return await startConfigured(sourceOf(settings));
}

/** Turns begin with the first backend unless `random` says otherwise, so that tests can count on it. */
export async function startConfigured(
  source: ProxySource,
  random: () => number = () => 0,
): Promise<TestProxy> {
  let log = "";
  let logWrites = 0;
  const healthChanges: HealthChange[] = [];
  const notices: Notice[] = [];
  const crashes: string[] = [];
  const replaced: { worker: number; afterMs: number }[] = [];
  const strategyChanges: StrategyChange[] = [];
  const adminCalls: AdminCall[] = [];
  const reloads: (ReloadResult & { readonly by: string })[] = [];
  const hooks: ProxyHooks = {
    writeLog: (lines) => {
      log += lines;
      logWrites++;
    },
    onHealthChange: (change) => healthChanges.push(change),
    onNotice: (notice) => notices.push(notice),
    onWorkerCrash: (worker, reason) => crashes.push(`${worker}: ${reason}`),
    onWorkerReplaced: (worker, afterMs) => replaced.push({ worker, afterMs }),
    onStrategyChange: (change) => strategyChanges.push(change),
    onAdminCall: (call) => adminCalls.push(call),
    onReload: (result, by) => reloads.push({ ...result, by }),
    onTracing: () => {},
  };
  const running = await startProxy(source, hooks, random);
  let stopped: Promise<{ readonly isClean: boolean }> | null = null;
  const stop = (): Promise<{ readonly isClean: boolean }> => (stopped ??= running.stop());
  atEnd(async () => {
    await stop();
  });
  const records = (): AccessRecord[] =>
    log
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as AccessRecord);
  const address = running.addresses[0];
  return {
    running,
    port: address?.kind === "tcp" ? address.port : 0,
    log: () => log,
    logWrites: () => logWrites,
    records,
    recorded: async (count) => {
      await eventually(`${count} access records are written`, () => records().length >= count);
      return records();
    },
    healthChanges,
    notices,
    crashes,
    replaced,
    strategyChanges,
    adminCalls,
    reloads,
    untilQuiet: () => eventually("nothing is in flight", () => running.inFlight() === 0),
    stop,
  };
}

/** A proxy in front of one backend. */
export async function startPair(
  settings: Omit<ProxySettings, "backends"> = {},
  answer: Answer | null = null,
): Promise<{ readonly proxy: TestProxy; readonly backend: RawBackend }> {
  const backend = await startBackend(answer);
  return { backend, proxy: await startTestProxy({ backends: [backend.url], ...settings }) };
}

/** A GET that keeps its connection. */
export function get(target = "/", fields = ""): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`;
}

/** A POST with its whole body. */
export function post(body: string, fields = ""): string {
  return `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
}
