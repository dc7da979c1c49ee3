import { STATUS_CODES } from "node:http";
import type { RedirectAction } from "@evenkeel/config";
import { type LocationPart, parseLocation } from "@evenkeel/config/location";
import { hostName } from "@evenkeel/http1";
import { restOf } from "./rewrite.ts";
import { pathOf, queryOf } from "./request-values.ts";

/** Who asked for what, as a location may repeat it. */
export interface RedirectedRequest {
  readonly host: string;
  /** As the client sent it. */
  readonly target: string;
}

interface AnswerFacts {
  /** HTTP date. */
  readonly date: string;
  readonly closes: boolean;
  /** Lines that we add, each with its CR LF. */
  readonly ownFields: string;
}

/** A redirect made ready: the head's part that is the same for every request, and the location. */
export class Redirect {
  readonly status: number;
  readonly #parts: readonly LocationPart[];
  readonly #prefix: string | null;
  readonly #lines: string;

  /** `prefix` is what `{rest}` comes after; `lines` are written with every answer. */
  constructor({ to, status }: RedirectAction, prefix: string | null, lines: string) {
    const parsed = parseLocation(to);
    if (!parsed.ok) throw new Error(parsed.message);
    this.status = status;
    this.#parts = parsed.value;
    this.#prefix = prefix;
    this.#lines = lines;
  }

  answer(request: RedirectedRequest, { date, closes, ownFields }: AnswerFacts): string {
    return (
      `HTTP/1.1 ${this.status} ${STATUS_CODES[this.status]}\r\nDate: ${date}\r\n` +
      `Location: ${this.location(request)}\r\nContent-Length: 0\r\n${this.#lines}${ownFields}` +
      (closes ? "Connection: close\r\n\r\n" : "\r\n")
    );
  }

  /** Where the client is sent. */
  location(request: RedirectedRequest): string {
    const location = this.#parts
      .map((part) => ("text" in part ? part.text : this.#value(part.from, request)))
      .join("");
    // `//evil.example/` as a path would name another server.
    return location.startsWith("/") ? location.replace(/^\/+/, "/") : location;
  }

  #value(
    from: Extract<LocationPart, { from: string }>["from"],
    request: RedirectedRequest,
  ): string {
    switch (from) {
      case "host":
        return hostName(request.host);
      case "query":
        return queryOf(request.target);
      case "path":
        return rooted(pathOf(request.target));
      default:
        return rooted(restOf(pathOf(request.target), this.#prefix));
    }
  }
}

/** A path that begins with a slash, also of `*` and of what follows a prefix with a slash at its end. */
function rooted(path: string): string {
  if (path === "*") return "/";
  return path.startsWith("/") || path === "" ? path : `/${path}`;
}
