import type { ErrorKind } from "./outcome.ts";

const kinds: Readonly<Record<string, ErrorKind>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  // "other side closed": a FIN where a response should have come or gone on.
  UND_ERR_SOCKET: "closed-early",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "closed-early",
  UND_ERR_HEADERS_OVERFLOW: "malformed",
};

/** Why undici gave up on a request; the only place that knows its error codes. */
export function classifyClientError(error: unknown): ErrorKind {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  // undici leaves its code undefined where the parser in WebAssembly gives none.
  if (name === "HTTPParserError") return "malformed";
  return (typeof code === "string" ? kinds[code] : undefined) ?? "other";
}
