import { describe, expect, test } from "vitest";
import { linesOf } from "../test/shorthand.ts";
import { testForwarding } from "../test/drive-requests.ts";
import { decode, octets } from "../test/latin1.ts";
import { forwardRequestHead } from "./forward-request.ts";
import { defaultHeadLimits } from "./limits.ts";
import type { RequestChanges } from "./line-changes.ts";
import { RequestParser } from "./request-parser.ts";

const none: RequestChanges = { dropped: [], lines: "", host: null };

/** The lines that the backend gets, without ours about the client. */
function forwarded(text: string, target: string | undefined, changes: RequestChanges): string[] {
  const parser = new RequestParser(defaultHeadLimits, decode);
  const bytes = octets(text);
  parser.feed(bytes, 0, bytes.length);
  expect(parser.violation).toBeNull();
  return linesOf(forwardRequestHead(parser, testForwarding, "", target, changes)).filter(
    (line) => !/^(X-Forwarded-|Via|X-Request-Id)/.test(line),
  );
}

const plain = "GET /x HTTP/1.1\r\nHost: a.test\r\nA: 1\r\nB: 2\r\na: 3\r\n\r\n";

describe("changes to a request", () => {
  test.each([
    ["none", undefined, none, ["GET /x HTTP/1.1", "Host: a.test", "A: 1", "B: 2", "a: 3"]],
    ["a target", "/y", none, ["GET /y HTTP/1.1", "Host: a.test", "A: 1", "B: 2", "a: 3"]],
    [
      "every line of a name",
      undefined,
      { ...none, dropped: ["a"] },
      ["GET /x HTTP/1.1", "Host: a.test", "B: 2"],
    ],
    [
      "lines after the client's",
      undefined,
      { ...none, lines: "C: 4\r\n" },
      ["GET /x HTTP/1.1", "Host: a.test", "A: 1", "B: 2", "a: 3", "C: 4"],
    ],
    [
      "the host",
      undefined,
      { ...none, host: "b.test" },
      ["GET /x HTTP/1.1", "Host: b.test", "A: 1", "B: 2", "a: 3"],
    ],
  ])("%s", (_, target, changes, lines) => {
    expect(forwarded(plain, target, changes)).toEqual(lines);
  });

  test.each([
    ["GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\nA: 1\r\n\r\n"],
    ["GET /x HTTP/1.0\r\nA: 1\r\n\r\n"],
  ])("write one Host, whatever came: %j", (text) => {
    const lines = ["GET /x HTTP/1.1", "Host: b.test", "A: 1"];
    expect(forwarded(text, undefined, { ...none, host: "b.test" })).toEqual(lines);
  });

  test("leave the framing alone", () => {
    const text = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n";
    expect(forwarded(text, undefined, { ...none, dropped: ["a"] })).toEqual([
      "POST /x HTTP/1.1",
      "Host: a",
      "Transfer-Encoding: chunked",
    ]);
  });
});
