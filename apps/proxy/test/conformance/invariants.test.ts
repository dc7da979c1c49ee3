import { describe, expect, test } from "vitest";
import type { Leftover } from "./bench/recorder.ts";
import { observationOf } from "./bench/run-request.ts";
import { FuzzCases } from "./fuzz/cases.ts";
import { noRequestInvented, rejectionEnds, strictAtTheBackend } from "./invariants.ts";
import { backendProfile, clientProfile } from "./strict/profiles.ts";
import { parseRequests } from "./strict/request.ts";

/* The judge itself: it is worth nothing where it cannot say no. */

const chunkedHead = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
const ours = [
  "X-Forwarded-For: 127.0.0.1",
  "X-Forwarded-Proto: http",
  "Via: 1.1 evenkeel",
  "X-Request-Id: 1",
  "",
].join("\r\n");
const refusal = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/** What I4 says when a client sends `input`, is refused, and a backend is left with `bytes`. */
function judged(input: string, ...atBackend: readonly string[]): string[] {
  const leftovers = atBackend.map((text, connection): Leftover => {
    const bytes = Buffer.from(text, "latin1");
    return { connection, bytes, rest: parseRequests(bytes, backendProfile).rest, isClosed: true };
  });
  const nothing = { requests: [], violations: [], leftovers: [] };
  return rejectionEnds(
    observationOf({
      input: Buffer.from(input, "latin1"),
      received: Buffer.from(refusal),
      ending: "fin",
      recording: nothing,
      late: { ...nothing, leftovers },
      failures: [],
    }),
  );
}

/** The head of `chunkedHead` as a backend gets it. */
const forwardedHead = chunkedHead.replace("\r\n\r\n", `\r\n${ours}\r\n`);

describe("a body that breaks behind a forwarded head", () => {
  const broken = `${chunkedHead}3\r\nabc\r\n10000000000000005\r\nhello\r\n0\r\n\r\n`;

  test.each(["", "2\r\nab\r\n", "3\r\nabc\r\n"])("may leave a beginning of it: %j", (body) => {
    expect(judged(broken, forwardedHead + body)).toEqual([]);
  });

  test.each([
    ["trailers", `0\r\nX-A: ${"a".repeat(8_190)}\r\n\r\n`],
    ["many trailers", `0\r\n${"X-A: 1\r\n".repeat(101)}\r\n`],
    ["extensions", `3;${"a".repeat(8_192)}\r\nabc\r\n0\r\n\r\n`],
    ["white space before an extension", "3 ;a\r\nabc\r\n0\r\n\r\n"],
  ])("may be broken by its %s alone, which the proxy does not take", (_, body) => {
    expect(judged(chunkedHead + body, forwardedHead)).toEqual([]);
  });

  test.each([
    ["trailers", `0\r\nX-A: ${"a".repeat(8_000)}\r\n\r\n`],
    ["extensions", `3;${"a".repeat(8_000)}\r\nabc\r\n0\r\n\r\n`],
  ])("is not broken by %s that are long", (_, body) => {
    expect(judged(chunkedHead + body, forwardedHead).join()).toContain("refused request");
  });

  test.each([
    ["what an over-long size was taken to frame", "3\r\nabc\r\n5\r\nhello\r\n"],
    ["other content", "3\r\nabx\r\n"],
    ["the size line as content", "3\r\nabc\r\n11\r\n10000000000000005\r\n"],
  ])("must not leave %s", (_, body) => {
    expect(judged(broken, forwardedHead + body).join()).toContain("what was not sent");
  });

  test("must not leave it under another target, host or framing", () => {
    for (const [from, to] of [
      ["POST / ", "POST /other "],
      ["a.test", "b.test"],
      ["Transfer-Encoding: chunked", "Content-Length: 100"],
    ] as const) {
      expect(judged(broken, forwardedHead.replace(from, to)).join()).toContain("was not sent");
    }
  });

  test("must not be left on two connections", () => {
    expect(judged(broken, forwardedHead, forwardedHead).join()).toContain("2 unfinished requests");
  });
});

describe("trailers", () => {
  const sent = chunkedHead.replace("\r\n\r\n", "\r\nConnection: X-Hop\r\n\r\n");
  const lines = "X-A: 1\r\nHost: b\r\nX-Hop: 2\r\nX-B: 3\r\n";

  /** What I1 and I2 say when the client sends them all and the backend gets `atBackend`. */
  function judgedTrailers(atBackend: string, head = forwardedHead): string {
    const bytes = Buffer.from(`${head}0\r\n${atBackend}\r\n`, "latin1");
    const { requests, reason } = parseRequests(bytes, backendProfile);
    const recorded = requests.map((request) => ({ ...request, id: "r1", connection: 1 }));
    const violations = reason === "" ? [] : [reason];
    const observation = observationOf({
      input: Buffer.from(`${sent}0\r\n${lines}\r\n`, "latin1"),
      received: Buffer.from(refusal),
      ending: "fin",
      recording: { requests: recorded, violations, leftovers: [] },
      late: { requests: [], violations: [], leftovers: [] },
      failures: [],
    });
    return [...strictAtTheBackend(observation), ...noRequestInvented(observation)].join();
  }

  test("must arrive, but those that are none and those of the hop", () => {
    expect(judgedTrailers("X-A: 1\r\nX-B: 3\r\n")).toBe("");
  });

  test.each([
    ["lost", ""],
    ["lost in part", "X-A: 1\r\n"],
    ["in another order", "X-B: 3\r\nX-A: 1\r\n"],
    ["with another value", "X-A: 1\r\nX-B: 4\r\n"],
    ["with Host", "X-A: 1\r\nHost: b\r\nX-B: 3\r\n"],
    ["with what Connection names", "X-A: 1\r\nX-Hop: 2\r\nX-B: 3\r\n"],
  ])("must not arrive %s", (_, atBackend) => {
    expect(judgedTrailers(atBackend)).toContain("does not hold");
  });

  test.each([
    ["TE: trailers", "Connection at the backend"],
    ["TE: gzip\r\nConnection: TE", "TE at the backend"],
    ["Trailer: X-A, Host", "Trailer at the backend"],
    ["Trailer: X-A\r\nTrailer: X-B", "Trailer at the backend"],
  ])("must not be asked for or announced with %j", (line, said) => {
    const head = forwardedHead.replace(/\r\n$/, `${line}\r\n\r\n`);
    expect(judgedTrailers("X-A: 1\r\nX-B: 3\r\n", head)).toContain(said);
  });
});

test("a length at the backend must be the length that was sent", () => {
  const sent = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 7\r\n\r\nabc";
  const forwarded = sent.replace("\r\n\r\n", `\r\n${ours}\r\n`);
  expect(judged(sent, forwarded)).toEqual([]);
  expect(judged(sent, forwarded.replace("Length: 7", "Length: 8")).join()).toContain(
    "was not sent",
  );
});

test("a request whose head is refused must leave nothing at all", () => {
  const sent = chunkedHead.replace("chunked\r\n", "chunked\r\nContent-Length: 3\r\n");
  expect(judged(`${sent}3\r\nabc\r\n`, `${forwardedHead}3\r\nab`).join()).toContain("refused");
});

describe("a chunk size", () => {
  const restOf = (size: string, profile = clientProfile): string => {
    const head = profile === clientProfile ? chunkedHead : forwardedHead;
    const text = `${head}${size}\r\nhello\r\n0\r\n\r\n`;
    return parseRequests(Buffer.from(text, "latin1"), profile).rest;
  };

  test.each(["000000000000005", "10000000000000005", "100000000000005 ", "fffffffffffffffb"])(
    "of more than 14 digits is no size: %s",
    (size) => expect(restOf(size)).toBe("malformed"),
  );

  test("is at most 2^53-1", () => {
    expect(restOf("1fffffffffffff")).toBe("partial-body");
    expect(restOf("20000000000000")).toBe("malformed");
  });

  test("may have leading zeros from a client, never towards a backend", () => {
    expect(restOf("00000000000005")).toBe("none");
    expect(restOf("5", backendProfile)).toBe("none");
    expect(restOf("05", backendProfile)).toBe("malformed");
  });
});

test("the fuzzer sends sizes of 15 digits and more, and sizes that wrap around to the right one", () => {
  const texts = new FuzzCases(1).next(3_000).map(({ input }) => input.latin1Slice());
  expect(texts.filter((text) => /\r\n[0-9a-f]{15,}[\r;]/i.test(text)).length).toBeGreaterThan(20);
  expect(texts.some((text) => /\r\n10000000[0-9a-f]\r\n/.test(text))).toBe(true);
});
