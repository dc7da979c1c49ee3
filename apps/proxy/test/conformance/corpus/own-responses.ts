import type { CorpusCase, Expectation } from "./corpus.ts";

/** What the corpus lacks of security.md 1D and 1E: keep-alive responses that are not what they say. */
export const ownResponses: readonly CorpusCase[] = [
  own("row 66, extra bytes", "accept", `${ok("Content-Length: 3")}abcEXTRA`),
  own("row 66, an extra response", "accept", `${ok("Content-Length: 3")}abc${poison()}`),
  own("row 66, behind chunks", "accept", `${ok("Transfer-Encoding: chunked")}0\r\n\r\n${poison()}`),
  own(
    "row 81, 204 with a body",
    "either",
    "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc",
  ),
  own(
    "row 81, 304 with a length",
    "accept",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
  ),
  own(
    "row 81, 304 with a body",
    "accept",
    `HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n${poison()}`,
  ),
  own(
    "row 79, interim responses",
    "accept",
    `${interim(103)}${interim(103)}${ok("Content-Length: 0")}`,
  ),
  own("row 80, a flood of 102", "reject", interim(102).repeat(150)),
  own("row 57, 101 unasked", "reject", `${interim(101)}${poison()}`),
  own("row 83, both lengths", "reject", `${ok("Content-Length: 1\r\nContent-Length: 2")}ab`),
  own(
    "row 83, the same length twice",
    "reject",
    `${ok("Content-Length: 1\r\nContent-Length: 1")}a`,
  ),
  own("row 83, length and chunks", "reject", ok("Content-Length: 5\r\nTransfer-Encoding: chunked")),
  own("row 83, gzip coding", "reject", `${ok("Transfer-Encoding: gzip")}x`),
  own("row 83, chunked, gzip", "reject", ok("Transfer-Encoding: chunked, gzip")),
  own(
    "row 83, chunked in HTTP/1.0",
    "reject",
    `${okHttp10("Transfer-Encoding: chunked")}0\r\n\r\n`,
  ),
  own("row 83, status 600", "reject", "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n"),
  own("row 83, status 000", "reject", "HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n"),
  own("row 83, HTTP/2.0", "reject", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
  own("row 84, short body", "reject", `${ok("Content-Length: 10")}abc`),
  own("row 84, chunks without end", "reject", `${ok("Transfer-Encoding: chunked")}3\r\nabc\r\n`),
  own("row 84, last chunk without CRLF", "reject", `${ok("Transfer-Encoding: chunked")}0\r\n`),
  own("row 85, until close", "accept", `${ok("X-Frame: none")}abc`, ["incomplete"]),
  own(
    "row 11, LF in the chunk line",
    "reject",
    `${ok("Transfer-Encoding: chunked")}1;\nx\r\n0\r\n\r\n`,
  ),
  own("CVE-2026-58044", "reject", `${ok("a: b\r\n".repeat(1_100) + "Content-Length: 3")}abc`),
  own("row 25, a folded field", "reject", ok("X-A: 1\r\n 2\r\nContent-Length: 0")),
  own("row 21, NUL in a value", "reject", ok("X-A: \0\r\nContent-Length: 0")),
  own("row 2.3, not HTTP", "reject", "SSH-2.0-OpenSSH_9.2\r\n"),
];

function own(
  id: string,
  expect: Expectation,
  text: string,
  tags: readonly string[] = [],
): CorpusCase {
  const raw = Buffer.from(text, "latin1");
  return { id, kind: "response", expect, note: "", tags, raw, rawWithHost: null };
}

function ok(fields: string): string {
  return `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`;
}

function okHttp10(fields: string): string {
  return `HTTP/1.0 200 OK\r\n${fields}\r\n\r\n`;
}

function interim(status: number): string {
  return `HTTP/1.1 ${status} Wait\r\nX-Interim: yes\r\n\r\n`;
}

function poison(): string {
  return "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON";
}
