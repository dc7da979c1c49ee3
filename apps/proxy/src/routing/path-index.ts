import type { RouteConfig } from "@evenkeel/config";
import {
  type RouteCondition,
  type RoutedRequest,
  conditionsOf,
  patternTest,
} from "./conditions.ts";

/** Routes that host and path have led to, the ones with more conditions first. */
interface Candidate {
  /** Its place in the file. */
  readonly order: number;
  readonly conditions: readonly RouteCondition[];
}

/** A prefix, one segment of which each node adds. */
interface PrefixNode {
  readonly children: Map<string, PrefixNode>;
  /** The prefix as it is: `/v1`. */
  readonly whole: Candidate[];
  /** The prefix with a slash after it: `/v1/`. */
  readonly below: Candidate[];
}

const slash = 0x2f;
const noRoute = -1;

/**
 * The routes of one host by path. Lookup takes one step for each segment of the request's path, at most
 * as many as the deepest prefix has, however many routes there are; only patterns are tried in turn.
 */
export class PathIndex {
  readonly #exact = new Map<string, Candidate[]>();
  readonly #prefixes: PrefixNode = emptyNode();
  readonly #patterns: (Candidate & { readonly matches: (path: string) => boolean })[] = [];
  readonly #anyPath: Candidate[] = [];

  add({ path, ...route }: RouteConfig, order: number): void {
    const candidate = { order, conditions: conditionsOf({ path, ...route }) };
    if (path === null) insert(this.#anyPath, candidate);
    else if (path.kind === "prefix") addPrefix(this.#prefixes, path.path, candidate);
    else if (path.kind === "exact") {
      const candidates = this.#exact.get(path.path) ?? [];
      this.#exact.set(path.path, candidates);
      insert(candidates, candidate);
    } else insert(this.#patterns, { ...candidate, matches: patternTest(path.pattern) });
  }

  /** The place in the file of the route that decides, or -1. */
  match(request: RoutedRequest, isPeerTrusted: boolean): number {
    const { target } = request;
    // `*` of OPTIONS is no path.
    if (target.charCodeAt(0) === slash) {
      const found = this.#matchPath(request, isPeerTrusted);
      if (found !== noRoute) return found;
    }
    return firstOf(this.#anyPath, request, isPeerTrusted);
  }

  #matchPath(request: RoutedRequest, isPeerTrusted: boolean): number {
    const { target } = request;
    const queryAt = target.indexOf("?");
    const end = queryAt === -1 ? target.length : queryAt;
    if (this.#exact.size > 0) {
      const exact = this.#exact.get(target.slice(0, end));
      const found = exact === undefined ? noRoute : firstOf(exact, request, isPeerTrusted);
      if (found !== noRoute) return found;
    }
    const found = longest(this.#prefixes, 0, end, request, isPeerTrusted);
    if (found !== noRoute || this.#patterns.length === 0) return found;
    return this.#matchPattern(target.slice(0, end), request, isPeerTrusted);
  }

  #matchPattern(path: string, request: RoutedRequest, isPeerTrusted: boolean): number {
    for (const candidate of this.#patterns) {
      if (!holds(candidate, request, isPeerTrusted)) continue;
      if (candidate.matches(path)) return candidate.order;
    }
    return noRoute;
  }
}

function emptyNode(): PrefixNode {
  return { children: new Map(), whole: [], below: [] };
}

function addPrefix(root: PrefixNode, prefix: string, candidate: Candidate): void {
  const isOpen = prefix.endsWith("/");
  let node = root;
  for (const segment of prefix.slice(1, isOpen ? -1 : undefined).split("/")) {
    // "/" alone has no segment.
    if (prefix === "/") break;
    const child = node.children.get(segment) ?? emptyNode();
    node.children.set(segment, child);
    node = child;
  }
  insert(isOpen ? node.below : node.whole, candidate);
}

/** Candidates come in the order of the file, which stands among those with as many conditions. */
function insert<Item extends Candidate>(list: Item[], candidate: Item): void {
  const { length } = candidate.conditions;
  const at = list.findIndex(({ conditions }) => conditions.length < length);
  list.splice(at === -1 ? list.length : at, 0, candidate);
}

/** `at` is where the node's own part of the path ends: at a slash, or at the path's `end`. */
function longest(
  node: PrefixNode,
  at: number,
  end: number,
  request: RoutedRequest,
  isPeerTrusted: boolean,
): number {
  if (at < end) {
    const found = longer(node, at, end, request, isPeerTrusted);
    if (found !== noRoute) return found;
  }
  return firstOf(node.whole, request, isPeerTrusted);
}

function longer(
  node: PrefixNode,
  at: number,
  end: number,
  request: RoutedRequest,
  isPeerTrusted: boolean,
): number {
  if (node.children.size > 0) {
    const next = request.target.indexOf("/", at + 1);
    const segmentEnd = next === -1 || next > end ? end : next;
    const child = node.children.get(request.target.slice(at + 1, segmentEnd));
    if (child !== undefined) {
      const found = longest(child, segmentEnd, end, request, isPeerTrusted);
      if (found !== noRoute) return found;
    }
  }
  return firstOf(node.below, request, isPeerTrusted);
}

function firstOf(
  candidates: readonly Candidate[],
  request: RoutedRequest,
  isPeerTrusted: boolean,
): number {
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index] as Candidate;
    if (holds(candidate, request, isPeerTrusted)) return candidate.order;
  }
  return noRoute;
}

function holds({ conditions }: Candidate, request: RoutedRequest, isPeerTrusted: boolean): boolean {
  for (let index = 0; index < conditions.length; index++) {
    if (conditions[index]?.holds(request, isPeerTrusted) === false) return false;
  }
  return true;
}
