import type { IncomingMessage } from "node:http";
import type { AccessRules } from "./access-rules.ts";
import { type AdminAnswer, problemAnswer } from "./admin-answer.ts";
import type { AdminContext, AdminRoute } from "./admin-route.ts";
import { readJsonBody, readTextBody } from "./json-body.ts";

type Methods = ReadonlyMap<string, AdminRoute>;

/** Finds who answers a request, after it was found fit to be answered at all. */
export class Dispatch {
  readonly #access: AccessRules;
  readonly #context: AdminContext;
  /** By path, then by method. */
  readonly #routes: ReadonlyMap<string, Methods>;

  constructor(access: AccessRules, context: AdminContext, routes: readonly AdminRoute[]) {
    this.#access = access;
    this.#context = context;
    const byPath = Map.groupBy(routes, ({ path }) => path);
    this.#routes = new Map(
      [...byPath].map(([path, some]) => [
        path,
        new Map(some.map((route) => [route.method, route])),
      ]),
    );
  }

  /** `signal`: the caller has left. */
  async answer(request: IncomingMessage, signal: AbortSignal): Promise<AdminAnswer> {
    const foreign = this.#access.refuseOrigin(request);
    if (foreign !== null) return foreign;
    const { method = "", url = "" } = request;
    const [path, query] = splitAt(url, "?");
    const { methods, id } = this.#find(path);
    const route = methods?.get(method === "HEAD" ? "GET" : method);
    // Before 404 and 405: which paths there are is not for strangers.
    const stranger = route?.isPublic === true ? null : this.#access.refuseToken(request);
    if (stranger !== null) return stranger;
    const led = route?.isCostly === true ? this.#access.refuseNavigation(request) : null;
    if (led !== null) return led;
    if (methods === undefined) return problemAnswer(404, "there is no such call");
    if (route === undefined) return refuseMethod(methods);
    const { accept, "if-match": ifMatch } = request.headers;
    const asked = { query, id, accept, ifMatch, signal };
    if (route.method === "GET") {
      return await route.answer(this.#context, { ...asked, body: undefined });
    }
    const body = await (route.takesText === true ? readTextBody : readJsonBody)(request);
    if (!body.ok) return body.refusal;
    return await route.answer(this.#context, { ...asked, body: body.value });
  }

  #find(path: string): { readonly methods: Methods | undefined; readonly id: string } {
    const exact = this.#routes.get(path);
    if (exact !== undefined) return { methods: exact, id: "" };
    const slash = path.lastIndexOf("/");
    const id = decoded(path.slice(slash + 1));
    if (id === null || id === "") return { methods: undefined, id: "" };
    return { methods: this.#routes.get(`${path.slice(0, slash)}/{id}`), id };
  }
}

function refuseMethod(methods: Methods): AdminAnswer {
  const allowed = [...methods.keys()].flatMap((name) =>
    name === "GET" ? ["GET", "HEAD"] : [name],
  );
  const allow = allowed.join(", ");
  return problemAnswer(405, `this call takes ${allow}`, { Allow: allow });
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
