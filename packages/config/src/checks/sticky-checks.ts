import { hashKeyOf } from "@evenkeel/core";
import { type ConfigPath, valueAt } from "../config-path.ts";
import { errorAt, type Finding, warningAt } from "../finding.ts";
import type { StickyConfig } from "../resolved-config.ts";
import { stickySchema } from "../schema/sticky-schema.ts";
import { strategySchema } from "../schema/strategy-schema.ts";
import { formatDuration } from "../units/duration.ts";
import { readable } from "./readable.ts";

/** Pools with one cookie would take their common clients from each other, over and over. */
export function checkStickyNames(root: unknown): Finding[] {
  const firstWith = new Map<string, string>();
  return Object.entries(valueAt(root, ["pools"]) ?? {}).flatMap(([name, pool]) => {
    const sticky = readable(stickySchema, valueAt(pool, ["sticky"]) ?? false);
    if (sticky === undefined || sticky === null) return [];
    const key = `${sticky.cookie} ${sticky.path} ${sticky.domain}`;
    const first = firstWith.get(key);
    firstWith.set(key, first ?? name);
    if (first === undefined) return [];
    const message = `${sticky.cookie} is the cookie of pool ${first}, too: clients of both will not stick`;
    return [warningAt(["pools", name, "sticky"], message)];
  });
}

/** What of a pool's sticky sessions no client would keep, or nobody could sign. */
export function checkSticky(pool: unknown, path: ConfigPath): Finding[] {
  const written = valueAt(pool, ["sticky"]);
  const sticky = readable(stickySchema, written ?? false);
  if (sticky === undefined || sticky === null) return [];
  const place = [...path, "sticky"];
  return [
    ...checkSecrets(written, place),
    ...checkCookie(sticky, place),
    ...checkTimes(sticky, place),
    ...checkStrategy(pool, place),
  ];
}

function checkSecrets(written: unknown, place: ConfigPath): Finding[] {
  const hasOne = valueAt(written, ["secret"]) !== undefined;
  const hasList = valueAt(written, ["secrets"]) !== undefined;
  if (hasOne && hasList) return [errorAt([...place, "secret"], "is one of secrets; remove secret")];
  if (hasOne || hasList) return [];
  return [errorAt(place, "needs a secret of 32 or more characters, such as ${STICKY_SECRET}")];
}

/** Browsers throw these cookies away without a word. */
function checkCookie(sticky: StickyConfig, place: ConfigPath): Finding[] {
  const { cookie, sameSite, secure, path, domain } = sticky;
  const isHost = /^__host-/i.test(cookie);
  if (sameSite === "none" && secure === false) {
    return [errorAt([...place, "sameSite"], "browsers take none only with secure")];
  }
  if ((isHost || /^__secure-/i.test(cookie)) && secure === false) {
    return [errorAt([...place, "cookie"], "browsers take such a name only with secure")];
  }
  if (isHost && (path !== "/" || domain !== null)) {
    return [errorAt([...place, "cookie"], "browsers take __Host- only with path / and no domain")];
  }
  return [];
}

function checkTimes({ ttlMs, idleMs }: StickyConfig, place: ConfigPath): Finding[] {
  const findings = (["ttl", "idle"] as const).flatMap((name) => {
    const ms = name === "ttl" ? ttlMs : idleMs;
    return ms > 0 && ms < 1000 ? [errorAt([...place, name], "must be at least 1s")] : [];
  });
  if (idleMs < ttlMs) return findings;
  const message = `is not shorter than ttl (${formatDuration(ttlMs)}), which holds`;
  return [...findings, warningAt([...place, "idle"], message)];
}

function checkStrategy(pool: unknown, place: ConfigPath): Finding[] {
  const strategy = readable(strategySchema, valueAt(pool, ["strategy"]));
  if (strategy === undefined || hashKeyOf(strategy) === undefined) return [];
  const message = "the strategy keeps clients where they are, too; the cookie wins";
  return [warningAt(place, message)];
}
