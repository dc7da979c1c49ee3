import { bytes } from "./bytes.ts";
import { delay } from "./delay.ts";
import { echo } from "./echo.ts";
import { fault, faults } from "./faults.ts";
import { fail, health, recover } from "./health.ts";
import { root } from "./root.ts";
import type { Route } from "./route.ts";
import { sse } from "./sse.ts";
import { stats } from "./stats.ts";
import { status } from "./status.ts";
import { stream } from "./stream.ts";
import { ws } from "./ws.ts";

const routes: ReadonlyMap<string, Route> = new Map(
  [
    root,
    health,
    fail,
    recover,
    echo,
    bytes,
    delay,
    status,
    stream,
    sse,
    ws,
    stats,
    faults,
    fault,
  ].map((route) => [route.path, route]),
);

/** A route and the part of the path that is its argument. */
export interface FoundRoute {
  readonly route: Route;
  readonly argument: string;
}

/**
 * The route for an undecoded path. An unknown path gets the same answer as `/`, not 404: any URL
 * can be load tested (hashing by path needs many), and a 404 then surely comes from the balancer.
 */
export function findRoute(path: string): FoundRoute {
  const exact = routes.get(path);
  if (exact !== undefined) return { route: exact, argument: "" };
  const end = path.indexOf("/", 1) + 1;
  const route = end > 0 ? routes.get(path.slice(0, end)) : undefined;
  if (route === undefined) return { route: root, argument: "" };
  return { route, argument: path.slice(end) };
}
