import { describe, expect, test } from "vitest";
import {
  defaultHeadLimits,
  maxChunkExtensionBytes,
  maxContentLength,
  maxLeadingEmptyLines,
  maxMethodBytes,
  maxTrailerBytes,
  maxTrailerFields,
} from "../src/limits.ts";
import { type RequestRun, runRequests } from "./drive-requests.ts";
import { runResponse } from "./drive-responses.ts";
import { octets } from "./latin1.ts";
import { byteByByte, cutAt } from "./pieces.ts";
import { chunked, get, requestWith, response } from "./shorthand.ts";

/** The same answer whole, byte by byte and cut just before the end, or the test fails. */
function outcome(text: string): string {
  const bytes = octets(text);
  const pieces = [[bytes], byteByByte(bytes), cutAt(bytes, [bytes.length - 1])];
  const [first, ...others] = pieces.map((cut) => summary(runRequests(cut)));
  for (const other of others) expect(other).toBe(first);
  return first ?? "";
}

function summary({ ending, violation }: RequestRun): string {
  return violation ?? ending;
}

/** A request head of exactly this many bytes. */
function headOf(bytes: number): string {
  const empty = requestWith("X: ");
  return requestWith(`X: ${"y".repeat(bytes - empty.length)}`);
}

describe("a limit passes what it names and refuses one more", () => {
  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "head-too-large"],
    [2, "head-too-large"],
    [1_000, "head-too-large"],
  ])("row 33: head bytes %i off the limit: %s", (off, expected) => {
    const text = headOf(defaultHeadLimits.headBytes + off);
    expect(text).toHaveLength(defaultHeadLimits.headBytes + off);
    expect(outcome(text)).toBe(expected);
  });

  test("row 33: the head limit counts neither empty lines before nor bytes behind it", () => {
    const text = headOf(defaultHeadLimits.headBytes);
    expect(outcome("\r\n".repeat(maxLeadingEmptyLines) + text)).toBe("clean");
    expect(outcome(text + get("/next"))).toBe("clean");
  });

  test.each([
    [-1, "complete"],
    [0, "complete"],
    [1, "head-too-large"],
  ])("row 33: response head bytes %i off the limit: %s", (off, expected) => {
    const text = headOf(defaultHeadLimits.headBytes + off).replace(
      "POST /p HTTP/1.1",
      "HTTP/1.1 200 OKK",
    );
    const bytes = octets(text);
    for (const pieces of [[bytes], byteByByte(bytes)]) {
      const { ending, violation } = runResponse(pieces);
      expect(violation ?? ending).toBe(expected);
    }
  });

  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "target-too-long"],
    [40, "target-too-long"],
    [5_000, "target-too-long"],
  ])("row 32: target bytes %i off the limit: %s", (off, expected) => {
    const length = defaultHeadLimits.targetBytes + off;
    expect(outcome(get(`/${"x".repeat(length - 1)}`))).toBe(expected);
    const longMethod = get(`/${"x".repeat(length - 1)}`).replace("GET", "M".repeat(maxMethodBytes));
    expect(outcome(longMethod)).toBe(expected);
  });

  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "method-too-long"],
  ])("row 31: method bytes %i off the limit: %s", (off, expected) => {
    expect(outcome(get("/").replace("GET", "M".repeat(maxMethodBytes + off)))).toBe(expected);
  });

  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "too-many-fields"],
  ])("row 33: fields %i off the limit: %s", (off, expected) => {
    const others = defaultHeadLimits.fields + off - 1;
    expect(outcome(requestWith(...Array.from({ length: others }, () => "a:")))).toBe(expected);
  });

  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "empty-lines"],
  ])("row 26: empty lines %i off the limit: %s", (off, expected) => {
    expect(outcome("\r\n".repeat(maxLeadingEmptyLines + off) + get("/"))).toBe(expected);
  });

  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "chunk-extensions-too-large"],
  ])("row 10: chunk extension bytes %i off the limit: %s", (off, expected) => {
    // Counted: each ";" with what follows it, up to and with its CR.
    const second = ";b=12\r".length;
    const first = ";".length + "\r".length;
    const name = "a".repeat(maxChunkExtensionBytes + off - first - second);
    expect(outcome(chunked(`1;${name}\r\nx\r\n0;b=12\r\n\r\n`))).toBe(expected);
  });

  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "trailers-too-large"],
  ])("row 13: trailer section bytes %i off the limit: %s", (off, expected) => {
    const value = "v".repeat(maxTrailerBytes + off - "A: \r\nB:\r\n\r\n".length);
    expect(outcome(chunked(`0\r\nA: ${value}\r\nB:\r\n\r\n`))).toBe(expected);
  });

  test.each([
    [-1, "clean"],
    [0, "clean"],
    [1, "trailers-too-large"],
  ])("row 13: trailer lines %i off the limit: %s", (off, expected) => {
    expect(outcome(chunked(`0\r\n${"A:\r\n".repeat(maxTrailerFields + off)}\r\n`))).toBe(expected);
  });

  test.each([
    [String(maxContentLength - 1), "cut"],
    [String(maxContentLength), "cut"],
    [String(BigInt(maxContentLength) + 1n), "bad-content-length"],
    [String(BigInt(maxContentLength) + 2n), "bad-content-length"],
    [`${"0".repeat(15)}5`, "cut"],
    [`${"0".repeat(16)}5`, "bad-content-length"],
  ])("row 6: Content-Length %s: %s", (length, expected) => {
    expect(outcome(requestWith(`Content-Length: ${length}`))).toBe(expected);
  });

  test.each([
    ["1fffffffffffff", "cut"],
    ["20000000000000", "bad-chunk-size"],
    ["00000000000001", "cut"],
    ["000000000000001", "bad-chunk-size"],
  ])("row 9: chunk size %s: %s", (size, expected) => {
    expect(outcome(chunked(`${size}\r\n`))).toBe(expected);
  });
});

describe("limits are data", () => {
  const limits = { headBytes: 64, targetBytes: 10, fields: 2 };

  test("row 33: smaller limits are kept to the byte, even below the longest request line", () => {
    const text = (padding: number): Uint8Array[] => [
      octets(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(padding)}\r\n\r\n`),
    ];
    const atLimit = 64 - (text(0)[0]?.length ?? 0);
    expect(runRequests(text(atLimit), { limits }).ending).toBe("clean");
    expect(runRequests(text(atLimit + 1), { limits }).violation).toBe("head-too-large");
    expect(runRequests([octets("G".repeat(70))], { limits }).violation).toBe("target-too-long");
  });

  test("row 32: a head limit below the longest request line is the head's", () => {
    const small = { headBytes: 30, targetBytes: 8_000, fields: 2 };
    const text = octets(get(`/${"x".repeat(100)}`));
    expect(runRequests([text], { limits: small }).violation).toBe("head-too-large");
  });

  test("row 33: a status line above the head limit is a head above the limit", () => {
    const text = octets(response(`HTTP/1.1 200 ${"x".repeat(100)}`));
    expect(runResponse([text], { limits }).violation).toBe("head-too-large");
  });
});
