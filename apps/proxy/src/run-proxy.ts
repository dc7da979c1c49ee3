import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { constants } from "node:os";
import { type ResolvedConfig, formatListenAddress, formatProblem } from "@evenkeel/config";
import type { AdminCall } from "./admin/audit.ts";
import type { ReloadResult } from "./generation/generations.ts";
import type { PoolHealthChange } from "./health/health-control.ts";
import { ListenError } from "./listen-error.ts";
import { type EventLog, createEventLog } from "./observe/event-log.ts";
import { LogWriter } from "./observe/log-writer.ts";
import { watchConfig } from "./watch-config.ts";
import { type ProxySource, type RunningProxy, startProxy } from "./start-proxy.ts";

const cannotListen = 69;

/** A file whose changes mean a reload. */
export interface WatchedConfig {
  readonly path: string;
  /** What it held before it was loaded. */
  readonly content: string | null;
}

/**
 * Runs until a signal ends it, and leaves the exit code in `process.exitCode`. `watched`: null =
 * no file is.
 */
export async function runProxy(source: ProxySource, watched: WatchedConfig | null): Promise<void> {
  const log = createEventLog();
  const records = new LogWriter((message) => log("error", message));
  try {
    const proxy = await startProxy(source, {
      writeLog: records.write,
      onNotice: ({ message, count, kind }) =>
        log("warn", `${message} (${count} times)`, { kind, count }),
      onHealthChange: (change) => reportHealth(log, change),
      onWorkerCrash: (worker, reason) =>
        log("error", `worker ${worker} died: ${reason}`, { worker }),
      onStrategyChange: ({ pool, from, to }) =>
        log("info", `pool ${pool}: strategy ${to} (was ${from})`, { pool, from, to }),
      onAdminCall: (call) => reportCall(log, call),
      onWorkerReplaced: (worker, afterMs) =>
        log("info", `worker ${worker} was replaced within ${Math.round(afterMs)} ms`, {
          worker,
          afterMs,
        }),
      onReload: (result, by) => reportReload(log, result, by),
      onTracing: ({ share, until }) => {
        const end = until === null ? "" : ` until ${new Date(until).toISOString()}`;
        log("info", `tracing ${Number((share * 100).toFixed(4))} % of requests${end}`, {
          share,
          until,
        });
      },
    });
    // Heard before the line that says that it listens: whoever waits for that may send one at once.
    const stopped = stopOnSignal(log, proxy);
    reloadOnSignal(source, proxy);
    reportStart(log, source.config, proxy);
    const stopWatching = watched === null ? null : reloadOnChange(log, source, proxy, watched);
    // Else it is written at a clean exit only.
    flushCompileCache();
    await stopped;
    stopWatching?.();
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = cannotListen;
  }
  await records.close();
}

function reportStart(log: EventLog, config: ResolvedConfig, proxy: RunningProxy): void {
  const addresses = proxy.addresses.map(formatListenAddress);
  const pools = config.pools.map(({ name, strategy, backends }) => {
    return `${name} (${strategy.type}, ${backends.length} backends)`;
  });
  log(
    "info",
    `listening on ${addresses.join(", ")}: ${pools.join(", ")}; ${proxy.workers} workers`,
    {
      addresses,
      workers: proxy.workers,
      pid: process.pid,
    },
  );
  if (proxy.admin !== null) {
    const admin = formatListenAddress(proxy.admin);
    log("info", `admin listener on ${admin}`, { admin });
  }
  if (proxy.workers > 1) log("info", migrationNote());
  const unix = addresses.filter((address) => address.startsWith("unix:"));
  if (proxy.workers > 1 && unix.length > 0) {
    log("info", `worker 0 alone serves ${unix.join(", ")}: a unix socket cannot be shared`);
  }
}

/** What happens to connections that wait in a worker's queue when it goes (design.md section 3). */
function migrationNote(): string {
  const setting = "net.ipv4.tcp_migrate_req";
  return readSetting("/proc/sys/net/ipv4/tcp_migrate_req") === "1"
    ? `${setting} is 1: connections that wait for a worker survive its end`
    : `${setting} is not 1: connections that wait for a worker are reset if it ends while busy`;
}

function readSetting(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function reportHealth(log: EventLog, change: PoolHealthChange): void {
  const { pool, backend, from, to, breaker, reason } = change;
  const level = to === "unhealthy" || to === "ejected" ? "warn" : "info";
  const what = from === to ? `${to}, breaker ${breaker}` : `${to} (was ${from})`;
  log(level, `backend ${pool}/${backend} is ${what}: ${reason}`, { ...change });
}

function reportCall(log: EventLog, call: AdminCall): void {
  const { peer, auth, method, path, status, change, detail, outcome, unwritten } = call;
  const what = change === null ? (detail ?? "done") : changeText(change);
  const more = unwritten === 0 ? "" : ` (and ${unwritten} more refused calls)`;
  const who = `${peer} (${auth === "none" ? "no token" : auth})`;
  const text = `admin: ${method} ${path} by ${who}: ${status}, ${what}${more}`;
  log(outcome === "done" ? "info" : "warn", text, { audit: call });
}

function changeText({ subject, from, to }: NonNullable<AdminCall["change"]>): string {
  return `${subject}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
}

function reportReload(log: EventLog, result: ReloadResult, by: string): void {
  const { generation } = result;
  if (!result.ok) {
    const problems = result.problems.map(formatProblem);
    const what = `${by}: the change was refused, generation ${generation} stays in force`;
    log("error", [what, ...problems].join("; "), { by, generation, problems });
    return;
  }
  const { changes } = result;
  const warnings = result.warnings.map(formatProblem);
  const what = changes.length === 0 ? "nothing changed" : changes.join("; ");
  log("info", `${by}: generation ${generation} is in force: ${what}`, { by, generation, changes });
  for (const warning of warnings) log("warn", warning);
}

/** Its handler stays: a second SIGHUP during a reload means another one. */
function reloadOnSignal({ reread }: ProxySource, proxy: RunningProxy): void {
  if (reread === undefined) return;
  process.on("SIGHUP", () => void proxy.reload(reread, "SIGHUP"));
}

function reloadOnChange(
  log: EventLog,
  { reread }: ProxySource,
  proxy: RunningProxy,
  { path, content }: WatchedConfig,
): () => void {
  log("info", `watching ${path}`, { watched: path });
  return watchConfig(path, content, {
    onChange: () => {
      if (reread !== undefined) void proxy.reload(reread, `a change of ${path}`);
    },
    onProblem: (message) => log("warn", message, { watched: path }),
  });
}

async function stopOnSignal(log: EventLog, proxy: RunningProxy): Promise<void> {
  const signal = await nextSignal();
  log("info", `${signal}: draining, ${proxy.inFlight()} requests in flight`);
  void nextSignal().then((second) => process.exit(128 + constants.signals[second]));
  const { isClean } = await proxy.stop();
  log("info", isClean ? "drained" : "drain timed out: the remaining connections were closed");
}

function nextSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const take = (signal: NodeJS.Signals): void => {
    process.off("SIGTERM", take);
    process.off("SIGINT", take);
    resolve(signal);
  };
  process.on("SIGTERM", take);
  process.on("SIGINT", take);
  return promise;
}
