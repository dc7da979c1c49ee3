import { strategyHonoursWeights, type StrategyName, strategyNames } from "@evenkeel/core";
import { type ConfigPath, formatPath, isMapping, valueAt } from "../config-path.ts";
import { defaults } from "../defaults.ts";
import { errorAt, type Finding, warningAt } from "../finding.ts";
import type { HealthCheckConfig } from "../resolved-config.ts";
import { type BackendSettings, backendSchema } from "../schema/backend-schema.ts";
import { overlayHealthCheck, poolHealthCheckSchema } from "../schema/health-check-schema.ts";
import { poolNamePattern, poolNameRule } from "../schema/pool-name.ts";
import { formatDuration } from "../units/duration.ts";
import { checkPriorities } from "./priority-checks.ts";
import { readable } from "./readable.ts";
import { checkResilience } from "./resilience-checks.ts";
import { checkSticky, checkStickyNames } from "./sticky-checks.ts";

/** What must be right between the parts of each pool. */
export function checkPools(root: unknown): Finding[] {
  const pools = valueAt(root, ["pools"]);
  if (!isMapping(pools)) return [];
  const perPool = Object.entries(pools).flatMap(([name, pool]) => {
    const path = ["pools", name];
    const listed = valueAt(pool, ["backends"]);
    const items: readonly unknown[] = Array.isArray(listed) ? listed : [];
    const backends = items.map((item) => readable(backendSchema, item));
    return [
      ...checkName(name),
      ...checkIds(backends, path),
      ...checkWeights(backends, pool, path),
      ...checkPriorities(backends, items, path),
      ...checkTimeouts(backends, pool, path),
      ...checkProxyProtocol(pool, path),
      ...checkResilience(pool, path, items.length),
      ...checkSticky(pool, path),
    ];
  });
  return [...perPool, ...checkStickyNames(root)];
}

function checkName(name: string): Finding[] {
  if (poolNamePattern.test(name)) return [];
  return [{ ...errorAt(["pools", name], poolNameRule), target: "key" }];
}

/** A batch holds requests of several clients, and a PROXY header names one. */
function checkProxyProtocol(pool: unknown, path: ConfigPath): Finding[] {
  const protocol = valueAt(pool, ["proxyProtocol"]) ?? defaults.pool.proxyProtocol;
  if (protocol === "off" || valueAt(pool, ["connections", "pipelining"]) !== true) return [];
  const message = "clients cannot share a connection that begins with a PROXY header; remove one";
  return [errorAt([...path, "connections", "pipelining"], message)];
}

type Backends = readonly (BackendSettings | undefined)[];

function checkIds(backends: Backends, path: ConfigPath): Finding[] {
  const firstWith = new Map<string, number>();
  return backends.flatMap((backend, index) => {
    if (backend === undefined) return [];
    const first = firstWith.get(backend.id);
    firstWith.set(backend.id, first ?? index);
    if (first === undefined) return [];
    const message = `${formatPath([...path, "backends", first])} has the id "${backend.id}" already`;
    return [errorAt([...path, "backends", index], `${message}; give one of them another id`)];
  });
}

function checkWeights(backends: Backends, pool: unknown, path: ConfigPath): Finding[] {
  const strategy = strategyOf(pool);
  if (strategy === undefined || strategyHonoursWeights(strategy)) return [];
  const message = ignoredWeight(strategy, strategyNames);
  return backends.flatMap((backend, index) => {
    if (backend === undefined || backend.weight === defaults.pool.weight) return [];
    return [errorAt([...path, "backends", index, "weight"], message)];
  });
}

/** Also of a strategy whose options are wrong. */
function strategyOf(pool: unknown): StrategyName | undefined {
  const written = valueAt(pool, ["strategy"]) ?? defaults.pool.strategy;
  const type = isMapping(written) ? valueAt(written, ["type"]) : written;
  return strategyNames.find((name) => name === type);
}

/** Names the strategy's weighted sister where there is one. */
export function ignoredWeight(strategy: StrategyName, names: readonly string[]): string {
  const weighted = `weighted-${strategy}`;
  const advice = names.includes(weighted) ? `; ${weighted} honours it` : "";
  return `${strategy} ignores the weight${advice}`;
}

function checkTimeouts(backends: Backends, pool: unknown, path: ConfigPath): Finding[] {
  const own = readable(poolHealthCheckSchema, valueAt(pool, ["healthCheck"]) ?? {});
  if (own === undefined) return [];
  const perBackend = backends.flatMap((backend, index) => {
    const place = [...path, "backends", index, "healthCheck"];
    const check = overlayHealthCheck(own, backend?.healthCheck);
    return slowTimeout(check, valueAt(pool, ["backends", index, "healthCheck"]), place);
  });
  const place = [...path, "healthCheck"];
  return [...slowTimeout(own, valueAt(pool, ["healthCheck"]), place), ...perBackend];
}

/** Points at the setting that is `written` here; with neither, somebody else chose both. */
function slowTimeout(
  check: HealthCheckConfig | null,
  written: unknown,
  path: ConfigPath,
): Finding[] {
  if (check === null || check.timeoutMs <= check.intervalMs) return [];
  const key = ["timeout", "interval"].find((name) => valueAt(written, [name]) !== undefined);
  if (key === undefined) return [];
  const [timeout, interval] = [formatDuration(check.timeoutMs), formatDuration(check.intervalMs)];
  const message = `the timeout (${timeout}) is longer than the interval (${interval})`;
  return [warningAt([...path, key], `${message}, so a slow check delays the next`)];
}
