import * as fc from "fast-check";

/*
 * Valid requests, with what intermediaries get wrong well represented. Text is latin1, one character
 * per byte.
 */

type Line = readonly [name: string, value: string];

type Body =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly content: string }
  | {
      readonly kind: "chunked";
      readonly pieces: readonly string[];
      readonly extension: string;
      readonly trailers: readonly Line[];
    };

interface Request {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly host: string;
  readonly lines: readonly Line[];
  readonly body: Body;
}

const content = fc.oneof(
  fc.constantFrom(
    "x",
    "0\r\n\r\n",
    "GET /inner HTTP/1.1\r\nHost: inner.test\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a".repeat(600),
  ),
  fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" }),
);

const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom<Line>(
      ["Connection", "keep-alive"],
      ["Connection", "close"],
      ["Connection", "X-A, close"],
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["TE", "trailers"],
      ["Trailer", "X-T"],
      ["Keep-Alive", "timeout=5"],
      ["Proxy-Connection", "keep-alive"],
      ["Expect", "100-continue"],
      ["Max-Forwards", "3"],
      ["Via", "1.1 before"],
      ["X-Forwarded-For", "203.0.113.9"],
      ["X-Request-Id", "theirs"],
      ["X-A", "1"],
      ["X_A", "2"],
      ["X-Empty", ""],
      ["X-Long", "v".repeat(500)],
      ["X-High", "\x80\xff"],
      ["Cookie", "a=b; c=d"],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.string({
        minLength: 1,
        maxLength: 12,
        unit: fc.constantFrom(..."aZ09-_!#~^|.".split("")),
      }),
      fc.string({
        maxLength: 20,
        unit: fc.constantFrom(..."az09 ,;=:\"'()<>/?@\t\xa0".split("")),
      }),
    ),
  },
);

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constant<Body>({ kind: "none" }),
  fc.record({ kind: fc.constant("length" as const), content }),
  fc.record({
    kind: fc.constant("chunked" as const),
    pieces: fc.array(content, { maxLength: 3 }),
    extension: fc.constantFrom("", "", ";a", ";a=b", ' ; a="b;\\"c"'),
    trailers: fc.array(line, { maxLength: 2 }),
  }),
);

const request: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom(
    "GET",
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "DELETE",
    "OPTIONS",
    "PATCH",
    "QUERY",
  ),
  target: fc.constantFrom("/", "/a/b?c=d", "/%41;b", "/x//y", "http://a.test/z", "http://a.test?q"),
  version: fc.constantFrom("1.1", "1.1", "1.1", "1.1", "1.0"),
  host: fc.constantFrom("a.test", "a.test", "A.test:80", "127.0.0.1:8080", "[::1]"),
  lines: fc.array(line, { maxLength: 5 }),
  body,
});

/** One to three requests in a row, as they go on the wire. */
export const messages: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 3, arbitrary: fc.array(request, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(request, { minLength: 2, maxLength: 3 }) },
  )
  .map((requests) => requests.map(serialise).join(""));

function serialise({ method, target, version, host, lines, body }: Request): string {
  const authority = target.startsWith("http") ? "a.test" : host;
  const head =
    `${method} ${target} HTTP/${version}\r\n` +
    linesOf([["Host", authority], ...lines, ...framingOf(body, version)]);
  if (body.kind === "none") return `${head}\r\n`;
  if (body.kind === "length" || version === "1.0") return `${head}\r\n${contentOf(body)}`;
  const chunks = body.pieces.filter((piece) => piece !== "");
  const sized = chunks.map(
    (piece) => `${piece.length.toString(16)}${body.extension}\r\n${piece}\r\n`,
  );
  return `${head}\r\n${sized.join("")}0\r\n${linesOf(body.trailers)}\r\n`;
}

function framingOf(body: Body, version: string): Line[] {
  if (body.kind === "none") return [];
  if (body.kind === "chunked" && version === "1.1") return [["Transfer-Encoding", "chunked"]];
  return [["Content-Length", String(contentOf(body).length)]];
}

function contentOf(body: Exclude<Body, { kind: "none" }>): string {
  return body.kind === "length" ? body.content : body.pieces.join("");
}

function linesOf(lines: readonly Line[]): string {
  return lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
}
