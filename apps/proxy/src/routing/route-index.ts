import type { RouteConfig } from "@evenkeel/config";
import { hostName } from "@evenkeel/http1";
import type { RoutedRequest } from "./conditions.ts";
import { PathIndex } from "./path-index.ts";

/**
 * All routes, so arranged that the one that decides is found without trying them in turn. Of those that
 * match, an exact host comes before a wildcard (the longer one first) before any host; then an exact path
 * before the longest prefix before a pattern before any path; then more conditions before fewer, of which being
 * for some listeners only is one; then the order of the file. docs/routing.md says it to users.
 */
export class RouteIndex {
  readonly #hosts = new Map<string, PathIndex>();
  readonly #parents = new Map<string, PathIndex>();
  readonly #anyHost = new PathIndex();
  /** Labels of the longest parent: more of a request's host need not be looked at. */
  #mostLabels = 0;

  /** `listener`: what its requests came through; null = one without a name. */
  constructor(routes: readonly RouteConfig[], listener: string | null = null) {
    for (const [order, route] of routes.entries()) {
      if (isFor(route, listener)) this.#pathsOf(route).add(route, order);
    }
  }

  /** The place in the file of the route that decides, or -1. */
  match(request: RoutedRequest, isPeerTrusted: boolean): number {
    const { host } = request;
    if (host !== null && this.#hosts.size + this.#parents.size > 0) {
      const found = this.#matchHost(hostName(host), request, isPeerTrusted);
      if (found !== -1) return found;
    }
    return this.#anyHost.match(request, isPeerTrusted);
  }

  #pathsOf({ host }: RouteConfig): PathIndex {
    if (host === null) return this.#anyHost;
    const [paths, name] =
      host.kind === "exact" ? [this.#hosts, host.name] : [this.#parents, host.parent];
    if (host.kind === "wildcard") {
      this.#mostLabels = Math.max(this.#mostLabels, name.split(".").length);
    }
    const index = paths.get(name) ?? new PathIndex();
    paths.set(name, index);
    return index;
  }

  #matchHost(name: string, request: RoutedRequest, isPeerTrusted: boolean): number {
    const exact = this.#hosts.get(name)?.match(request, isPeerTrusted) ?? -1;
    if (exact !== -1 || this.#parents.size === 0) return exact;
    for (let dot = this.#firstDot(name); dot !== -1; dot = name.indexOf(".", dot + 1)) {
      const found = this.#parents.get(name.slice(dot + 1))?.match(request, isPeerTrusted) ?? -1;
      if (found !== -1) return found;
    }
    return -1;
  }

  /** The dot after which at most `#mostLabels` labels follow. */
  #firstDot(name: string): number {
    let first = -1;
    let dot = name.lastIndexOf(".");
    for (let labels = 0; dot > 0 && labels < this.#mostLabels; labels++) {
      first = dot;
      dot = name.lastIndexOf(".", dot - 1);
    }
    return first;
  }
}

function isFor({ listeners }: RouteConfig, listener: string | null): boolean {
  return listeners === null || (listener !== null && listeners.includes(listener));
}
