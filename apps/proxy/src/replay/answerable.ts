import type { RateLimitKey, ResolvedConfig, RouteConfig } from "@evenkeel/config";
import { type HashKey, hashKeyOf } from "@evenkeel/core";
import { routeText } from "../explain/route-words.ts";

/** Whether a log has what this key is read from. */
export function answerableKey(key: HashKey | RateLimitKey, isClientKnown: boolean): boolean {
  if (key.from === "client-ip") return isClientKnown;
  return key.from !== "header" && key.from !== "cookie";
}

export function withAnswerableLimits(route: RouteConfig): RouteConfig {
  return {
    ...route,
    rateLimits: route.rateLimits.filter(({ key }) => answerableKey(key, true)),
    concurrencyLimits: [],
  };
}

/** What no access log can answer about this configuration, each in one sentence. */
export function unansweredOf({ routes, pools, listeners }: ResolvedConfig): readonly string[] {
  const limits = routes.flatMap((route) =>
    route.rateLimits
      .filter(({ key }) => !answerableKey(key, true))
      .map(({ name, key }) => {
        return `rate limit ${name} of ${routeText(route)}: its key is ${keyText(key)}`;
      }),
  );
  const atATime = routes
    .filter(({ concurrencyLimits }) => concurrencyLimits.length > 0)
    .map(
      (route) => `concurrency limits of ${routeText(route)}: what was under way is not replayed`,
    );
  const keys = pools.flatMap(({ name, strategy }) => {
    const key = hashKeyOf(strategy);
    if (key === undefined || answerableKey(key, true)) return [];
    return [`keys of pool ${name}: its key is ${keyText(key)}`];
  });
  const splits = routes.flatMap((route) => {
    const { action } = route;
    if (action.kind !== "split" || action.by === "random" || answerableKey(action.by, true))
      return [];
    return [`the arm of ${routeText(route)}: its key is ${keyText(action.by)}`];
  });
  const sticky = pools.flatMap(({ name, sticky: cookie }) =>
    cookie === null ? [] : [`sessions of pool ${name}: cookies are not in the log`],
  );
  const hosts = listeners.length > 1 ? ["the listener of a request: the first one is assumed"] : [];
  return [...limits, ...atATime, ...keys, ...splits, ...sticky, ...hosts];
}

function keyText(key: HashKey | RateLimitKey): string {
  return "name" in key ? `${key.from} ${key.name}` : key.from;
}
