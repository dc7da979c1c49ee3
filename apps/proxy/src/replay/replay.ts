import type { ResolvedConfig } from "@evenkeel/config";
import { routeText } from "../explain/route-words.ts";
import { answerableKey, unansweredOf } from "./answerable.ts";
import { KeySample } from "./key-sample.ts";
import { type LogRecord, readRecord } from "./log-record.ts";
import type {
  Change,
  HashKeyReport,
  LimitReport,
  ReplayReport,
  UnusedRoute,
} from "./replay-report.ts";
import { type Placement, ReplayedConfig, routeLabel } from "./replayed-config.ts";

/** A request that began before others which were written first, by at most this much. */
const mostDisorderMs = 10_000;
/** Where the replay's clock begins: no time of it is below 0. */
const clockStart = 60_000;
const mostExamples = 3;
/** Ways from one route or outcome to another that are told apart. */
const mostChanges = 1_000;

interface Counted {
  count: number;
  readonly examples: string[];
}

interface CountedKeys {
  requests: number;
  moved: number;
  readonly keys: KeySample;
}

/** Sends the requests of a log through two configurations, in memory that does not grow with the log. */
export class Replay {
  readonly #before: ReplayedConfig;
  readonly #after: ReplayedConfig;
  readonly #unused: Map<string, { count: number; firstLine: number }> = new Map();
  readonly #undecided: Map<string, number> = new Map();
  readonly #outcomes: Map<string, Counted> = new Map();
  readonly #routes: Map<string, Counted> = new Map();
  readonly #keys: Map<string, CountedKeys> = new Map();
  /** By configuration, route and limit. */
  readonly #refused: Map<string, number> = new Map();
  #lines = 0;
  #used = 0;
  #compared = 0;
  #moved = 0;
  #firstAt = Infinity;
  #lastAt = -Infinity;
  #now = 0;

  constructor(before: ResolvedConfig, after: ResolvedConfig) {
    this.#before = new ReplayedConfig(before);
    this.#after = new ReplayedConfig(after);
  }

  /** One line of the log; null for one that was too long to be kept. */
  add(line: string | null): void {
    this.#lines++;
    const read = line === null ? tooLong : readRecord(line);
    if (!read.ok) {
      const { count, firstLine } = this.#unused.get(read.reason) ?? {
        count: 0,
        firstLine: this.#lines,
      };
      this.#unused.set(read.reason, { count: count + 1, firstLine });
      return;
    }
    this.#used++;
    this.#compare(read.record);
  }

  #compare(record: LogRecord): void {
    const now = this.#clockOf(record);
    const from = this.#before.place(record, now);
    const to = this.#after.place(record, now);
    this.#noteLimits("before", from);
    this.#noteLimits("after", to);
    const missing = from.missing ?? to.missing;
    if (missing !== null) {
      this.#undecided.set(missing, (this.#undecided.get(missing) ?? 0) + 1);
      return;
    }
    this.#compared++;
    const outcome = outcomeAfter(from, to);
    if (from.outcome !== outcome) {
      this.#moved++;
      note(this.#outcomes, from.outcome, outcome, record);
    }
    const routes = [this.#before, this.#after] as const;
    const [was, is] = [
      routeLabel(routes[0].config, from.route),
      routeLabel(routes[1].config, to.route),
    ];
    if (was.replace(/^\d+/, "") !== is.replace(/^\d+/, "")) note(this.#routes, was, is, record);
    this.#noteKeys(from, to);
  }

  #clockOf({ startedAt }: LogRecord): number {
    if (this.#firstAt === Infinity) this.#firstAt = startedAt;
    this.#firstAt = Math.min(this.#firstAt, startedAt);
    this.#lastAt = Math.max(this.#lastAt, startedAt);
    this.#origin ??= startedAt;
    const now = clockStart + startedAt - this.#origin;
    this.#now = Math.max(this.#now, now);
    return Math.max(now, this.#now - mostDisorderMs, 0);
  }

  #origin: number | null = null;

  #noteLimits(which: LimitReport["configuration"], { route, refusedBy }: Placement): void {
    for (const name of refusedBy) {
      const id = limitId(which, route, name);
      this.#refused.set(id, (this.#refused.get(id) ?? 0) + 1);
    }
  }

  /** A key moves when its pool has another server for it; what goes to other pools is counted elsewhere. */
  #noteKeys({ pool, home }: Placement, to: Placement): void {
    if (pool === null || pool !== to.pool) return;
    if (home === null || home.key === null || home.key === "" || to.home?.key === null) return;
    const counted = this.#keys.get(pool) ?? { requests: 0, moved: 0, keys: new KeySample() };
    this.#keys.set(pool, counted);
    const hasMoved = to.home?.server !== home.server;
    counted.requests++;
    if (hasMoved) counted.moved++;
    counted.keys.add(home.key, hasMoved);
  }

  report(): ReplayReport {
    return {
      lines: {
        total: this.#lines,
        used: this.#used,
        unused: [...this.#unused].map(([reason, facts]) => ({ reason, ...facts })),
      },
      period: this.#used === 0 ? null : { from: dateOf(this.#firstAt), to: dateOf(this.#lastAt) },
      compared: this.#compared,
      moved: this.#moved,
      movedShare: this.#compared === 0 ? 0 : this.#moved / this.#compared,
      byOutcome: changesOf(this.#outcomes, this.#compared),
      byRoute: changesOf(this.#routes, this.#compared),
      undecided: [...this.#undecided].map(([missing, count]) => ({ missing, count })),
      hashKeys: [...this.#keys].map(keyReport),
      limits: [...this.#limitsOf("before", this.#before), ...this.#limitsOf("after", this.#after)],
      neverMatch: unusedRoutes(this.#after),
      unanswered: [...this.#proxied(), ...unansweredOf(this.#after.config)],
    };
  }

  #proxied(): readonly string[] {
    const { throughProxies } = this.#after;
    if (throughProxies === 0) return [];
    return [
      `clients of ${throughProxies} requests that trusted proxies passed on: no limit counts them, no key is theirs`,
    ];
  }

  #limitsOf(
    configuration: LimitReport["configuration"],
    { config, hits }: ReplayedConfig,
  ): LimitReport[] {
    return config.routes.flatMap((route, order) =>
      route.rateLimits
        .filter(({ key }) => answerableKey(key, true))
        .map(({ name }) => ({
          configuration,
          route: order + 1,
          asks: routeText(route),
          limit: name,
          requests: hits[order] ?? 0,
          refused: this.#refused.get(limitId(configuration, order + 1, name)) ?? 0,
        })),
    );
  }
}

/** The same pool asked for something else is another fate. */
function outcomeAfter(from: Placement, { pool, target, outcome }: Placement): string {
  const isRewritten = pool !== null && from.pool === pool && from.target !== target;
  return isRewritten ? `${outcome}, asked for another path` : outcome;
}

const tooLong = { ok: false, reason: "too long" } as const;

function limitId(configuration: string, route: number, name: string): string {
  return `${configuration} ${route} ${name}`;
}

function note(changes: Map<string, Counted>, from: string, to: string, record: LogRecord): void {
  const id = `${from}\n${to}`;
  const isNew = !changes.has(id);
  const key = isNew && changes.size >= mostChanges ? "others\nothers" : id;
  const counted = changes.get(key) ?? { count: 0, examples: [] };
  changes.set(key, counted);
  counted.count++;
  if (counted.examples.length < mostExamples) counted.examples.push(exampleOf(record));
}

function exampleOf({ method, host, target, clientIp }: LogRecord): string {
  const shown = target.length > 100 ? `${target.slice(0, 100)}…` : target;
  return `${method} ${host ?? ""}${shown} from ${clientIp}`;
}

function changesOf(changes: ReadonlyMap<string, Counted>, compared: number): readonly Change[] {
  return [...changes]
    .map(([id, { count, examples }]) => {
      const [from = "", to = ""] = id.split("\n");
      return { from, to, count, share: count / compared, examples };
    })
    .toSorted((one, other) => other.count - one.count);
}

function keyReport([pool, { requests, moved, keys }]: [string, CountedKeys]): HashKeyReport {
  return {
    pool,
    requests,
    requestsMoved: moved,
    keys: keys.keys,
    keysMovedShare: keys.movedShare,
    isEstimate: keys.isSampled,
  };
}

function unusedRoutes({ config, hits, maybeHits }: ReplayedConfig): readonly UnusedRoute[] {
  return config.routes.flatMap((route, order) => {
    if ((hits[order] ?? 0) > 0) return [];
    const verdict = (maybeHits[order] ?? 0) > 0 ? "unknown" : "never";
    return [{ route: order + 1, asks: routeText(route), verdict }];
  });
}

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
