/*
 * The numbered checklist of an HTTP intermediary (security.md section 1) and where each row is
 * tested. Data only: a generator turns it into documentation.
 */
export type TestedIn = "codec" | "proxy";

export interface ChecklistRow {
  readonly row: number;
  /** Section of the checklist, `1A` to `1I`. */
  readonly section: string;
  readonly requirement: string;
  /** `codec`: named tests in packages/http1. `proxy`: needs sockets, so apps/proxy. */
  readonly testedIn: readonly TestedIn[];
  /** Why the row is tested nowhere yet. */
  readonly reason?: string;
}

type Entry = readonly [requirement: string, testedIn: readonly TestedIn[] | string];

const codec: readonly TestedIn[] = ["codec"];
const proxy: readonly TestedIn[] = ["proxy"];
const both: readonly TestedIn[] = ["codec", "proxy"];

const http2 = "HTTP/2 is not offered yet";
const tls = "TLS is not offered yet";

const sections: readonly (readonly [section: string, entries: readonly Entry[]])[] = [
  [
    "1A",
    [
      ["Content-Length and Transfer-Encoding together: 400 and close", both],
      ["a last transfer coding other than chunked: 400 or 501", codec],
      ["an unknown transfer coding: 501; only exactly chunked passes", codec],
      ["chunked twice: 400", codec],
      ["HTTP/1.0 with Transfer-Encoding: 400, nothing behind it is read", codec],
      ["Content-Length is digits only and at most 2^53-1", codec],
      ["a repeated Content-Length: 400, identical or not", codec],
      ["Content-Length is forwarded in canonical form", codec],
      ["a chunk size is hexadecimal digits only, guarded against overflow", codec],
      ["chunk extensions are bounded, ignored and never forwarded", codec],
      ["bare LF or CR in chunked framing: 400", codec],
      ["a chunked body without its last CRLF is incomplete", both],
      ["trailers never become header fields", codec],
      [
        "trailers are checked and go on as trailers, but forbidden ones; the body stays whole",
        both,
      ],
      ["a request without framing has no body", codec],
      ["GET, HEAD and DELETE keep a body and its framing", both],
      ["the whole request body is read, or the connection closes after the response", proxy],
      ["nothing is read behind the last request of a connection", both],
    ],
  ],
  [
    "1B",
    [
      ["a bare CR: 400", codec],
      ["a bare LF: 400", codec],
      ["control bytes in a value: 400", codec],
      ["a field name is a token", codec],
      ["white space before the colon: 400; in a response 502", codec],
      ["white space before the first field: 400", codec],
      ["obs-fold: 400; in a response 502", codec],
      ["a few empty lines before a request are skipped", codec],
      ["octets that are no HTTP: refused", codec],
      ["the request line has exactly two single spaces", codec],
      ["the version is HTTP/1.0 or HTTP/1.1, else 505", codec],
      ["we send our own version", codec],
      ["a method is a token of at most 32 bytes, case-sensitive", codec],
      ["a target longer than 8,000 bytes: 414", codec],
      ["too many or too large fields: 431, never a shortened list", both],
      ["unknown fields pass, in order, with their repeats", codec],
      ["field names with other than letters, digits and hyphens are dropped", codec],
      ["bytes above 0x7f in values pass unchanged", codec],
      ["names such as __proto__ are only data", codec],
    ],
  ],
  [
    "1C",
    [
      ["Host is there once and valid, else 400", codec],
      ["an empty Host: 400", codec],
      ["absolute-form: its authority becomes Host, a mismatch is 400", codec],
      ["absolute-form: http or https, no userinfo, an empty path is /", codec],
      ["authority-form only with CONNECT, asterisk-form only with OPTIONS", codec],
      ["CONNECT: 405", both],
      ["the target is forwarded byte for byte", both],
      ["a fragment: 400", codec],
      ["climbing segments, backslashes and encoded NUL: 400", codec],
      ["Host is matched without case, trailing dot and port", both],
      ["SNI and Host agree", tls],
      ["the backend's address never comes from the client", proxy],
      ["no endless loop through ourselves", proxy],
    ],
  ],
  [
    "1D",
    [
      ["what Connection names ends here, in both directions", codec],
      ["hop-by-hop fields end here", codec],
      ["Connection cannot remove framing, routing, identity or credentials", codec],
      ["our fields are added after the removal", codec],
      ["TE: only trailers goes on, with Connection: TE", both],
      ["Upgrade needs Connection: upgrade; h2c is never tunnelled", both],
      ["101 only for a protocol that was asked for", both],
      ["until 101 the bytes behind an upgrade request are HTTP", both],
      ["after 101 both directions are delivered to their ends", proxy],
      ["Upgrade from HTTP/1.0 is ignored", codec],
      ["Connection: close ends the connection after its response", both],
      ["a backend's close concerns its own connection only", both],
      ["HTTP/1.0 clients get one response per connection", codec],
      ["pipelined responses keep the order of their requests", proxy],
      ["unsolicited backend bytes are no response", both],
      ["bytes behind a complete response are never another one", both],
      ["lingering close: the last response is not lost", proxy],
      ["only idempotent or unsent requests are retried", proxy],
    ],
  ],
  [
    "1E",
    [
      ["Via is appended", codec],
      ["Max-Forwards on OPTIONS is counted down and answered at 0", both],
      ["TRACE: 405", codec],
      ["OPTIONS * is forwarded as an asterisk", both],
      ["Date is added where the backend sent none", codec],
      ["end-to-end response fields are untouched", codec],
      ["no-transform: nothing is rewritten", "bodies are never transformed"],
      ["conditional fields are forwarded, not evaluated", codec],
      ["Expect: 100-continue goes on with the head at once", both],
      ["another expectation: 417", codec],
      ["every 1xx is passed on, apart from the final response", both],
      ["the number of 1xx is bounded", proxy],
      ["1xx, 204, 304 and answers to HEAD have no body", both],
      ["a HEAD response keeps the framing fields of GET", codec],
      ["a response with broken framing: 502", both],
      ["a short body is seen as incomplete", both],
      ["a close-delimited response becomes chunked, or ends the connection", both],
      ["our own values hold no CR, LF or NUL", proxy],
      ["each refusal has its status", both],
      ["error pages show no bytes of the request", both],
      ["Set-Cookie lines are never joined", codec],
      ["the sticky cookie's parser is tolerant", "there is no sticky cookie yet"],
      ["ranges and streams pass unbuffered", proxy],
    ],
  ],
  [
    "1F",
    [
      ["an untrusted peer's forwarded fields are dropped, aliases too", codec],
      ["a trusted peer's forwarded fields are kept and extended", both],
      ["exactly one X-Forwarded-For goes out", codec],
      ["RFC 7239 syntax", "we write no Forwarded field yet"],
      ["client addresses are matched and bounded safely", proxy],
      ["PROXY protocol only from trusted peers", "the PROXY protocol is not spoken yet"],
      ["X-Request-Id is ours unless the peer is trusted", both],
    ],
  ],
  [
    "1G",
    [
      ["field names", http2],
      ["field values", http2],
      ["connection-specific fields", http2],
      ["pseudo header fields", http2],
      ["Host and :authority agree", http2],
      ["userinfo in :authority", http2],
      ["content-length and DATA agree", http2],
      ["END_STREAM with a content-length", http2],
      ["cookie crumbs are joined", http2],
      ["trailers without pseudo fields", http2],
      ["the same serializer for HTTP/2 requests", http2],
      ["RST_STREAM cancels the attempt", http2],
      ["GOAWAY on shutdown", http2],
      ["extended CONNECT is refused", http2],
      ["no push", http2],
      ["stream and flood limits", http2],
    ],
  ],
  [
    "1H",
    [
      ["the same routing, auth and limits as HTTP", proxy],
      ["Sec-WebSocket fields untouched", proxy],
      ["only after 101", proxy],
      ["bytes behind the 101 are delivered", proxy],
      ["backpressure both ways", proxy],
      ["ping and close pass, idle timeout of its own", proxy],
      ["drain", proxy],
      ["Origin", "the application checks Origin; documented"],
    ],
  ],
  [
    "1I",
    [
      ["early data", tls],
      ["TLS to clients", tls],
      ["TLS to backends", tls],
    ],
  ],
];

export const checklist: readonly ChecklistRow[] = sections
  .flatMap(([section, entries]) => entries.map((entry) => [section, ...entry] as const))
  .map(([section, requirement, where], index) => ({
    row: index + 1,
    section,
    requirement,
    ...(typeof where === "string" ? { testedIn: [], reason: where } : { testedIn: where }),
  }));
