import type { RouteConfig, ValueCondition } from "@evenkeel/config";
import type { RoutedRequest } from "../routing/conditions.ts";
import { RouteIndex } from "../routing/route-index.ts";

/** The place of the deciding route (-1 = none), or what the log would have to tell. */
export type Found =
  | { readonly isKnown: true; readonly order: number }
  /** `order`: a route that decides if what is missing is as it wants. */
  | { readonly isKnown: false; readonly order: number; readonly missing: string };

/*
 * A log has no header fields, and an old one no host. So the routes are asked twice: once as if no condition
 * on a field held, once as if all did. The more conditions hold, the more routes match and the earlier is the
 * one that decides. So when both answers are the same route, it is the route whatever the fields were; when
 * they differ, nobody can tell from the log.
 */
export class UnknownRoutes {
  readonly #routes: readonly RouteConfig[];
  readonly #atLeast: RouteIndex;
  readonly #atMost: RouteIndex;
  /** Those that ask for a host, as if every request had it; the others never match. */
  readonly #hosted: RouteIndex;

  /** `listener`: the name of the one that all requests came through. */
  constructor(routes: readonly RouteConfig[], listener: string | null) {
    this.#routes = routes;
    this.#atLeast = new RouteIndex(
      routes.map((route) => assuming(route, never)),
      listener,
    );
    this.#atMost = new RouteIndex(
      routes.map((route) => assuming(route, always)),
      listener,
    );
    this.#hosted = new RouteIndex(
      routes.map((route) =>
        route.host === null ? nobody(route) : anyHost(assuming(route, always)),
      ),
      listener,
    );
  }

  /** `request` has no fields. `isHostKnown` is false where the log does not say. */
  find(request: RoutedRequest, isHostKnown: boolean): Found {
    if (!isHostKnown) {
      const hosted = this.#hosted.match(request, false);
      if (hosted !== -1) return { isKnown: false, order: hosted, missing: "host" };
    }
    const least = this.#atLeast.match(request, false);
    const most = this.#atMost.match(request, false);
    if (least === most) return { isKnown: true, order: least };
    const names = this.#routes[most]?.headers.map(({ name }) => `header ${name}`) ?? [];
    return { isKnown: false, order: most, missing: names.join(", ") };
  }
}

// Of a request without any fields, the one never holds and the other one always.
const never = { kind: "present" } as const;
const always = { kind: "absent" } as const;

/** As many conditions as before, because their number decides, too. */
function assuming(route: RouteConfig, test: ValueCondition["test"]): RouteConfig {
  return { ...route, headers: route.headers.map(({ name }) => ({ name, test })) };
}

function anyHost(route: RouteConfig): RouteConfig {
  return { ...route, host: null };
}

function nobody(route: RouteConfig): RouteConfig {
  return { ...route, methods: [] };
}
