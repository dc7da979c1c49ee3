import { array, assert, nat, property, string } from "fast-check";
import { expect, test } from "vitest";
import { readMessage, statusOf, targetOf, valuesOf } from "./message.ts";

const request = { kind: "request", isEnded: false } as const;
const response = { kind: "response", isEnded: false } as const;

test("reads a request with its body, and leaves what follows", () => {
  const first = "POST /a%2Fb HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  const message = readMessage(`${first}GET / HTTP/1.1\r\n`, request);
  expect(message).toMatchObject({ body: "abc", isComplete: true, length: first.length });
  expect(message === undefined ? "" : targetOf(message)).toBe("/a%2Fb");
});

test("reads chunks and the trailers after them", () => {
  const text =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n";
  expect(readMessage(text, response)).toMatchObject({
    body: "abc",
    trailers: [["X-Sum", "9"]],
    isComplete: true,
    length: text.length,
  });
});

test("a response without framing ends with its connection", () => {
  const text = "HTTP/1.1 200 OK\r\n\r\nabc";
  expect(readMessage(text, response)?.isComplete).toBe(false);
  expect(readMessage(text, { ...response, isEnded: true })).toMatchObject({
    body: "abc",
    isComplete: true,
  });
});

test.each(["100", "103", "204", "304"])("a response of status %s has no body", (status) => {
  const text = `HTTP/1.1 ${status} X\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n\r\n`;
  const message = readMessage(text, response);
  expect(message).toMatchObject({ body: "", isComplete: true });
  expect(message === undefined ? 0 : statusOf(message)).toBe(Number(status));
});

test("keeps every field line, in order and case", () => {
  const message = readMessage("GET / HTTP/1.1\r\nX-A: 1\r\nx-a:2\r\nB: 3\r\n\r\n", request);
  expect(message?.fields).toEqual([
    ["X-A", "1"],
    ["x-a", "2"],
    ["B", "3"],
  ]);
  expect(message === undefined ? [] : valuesOf(message, "x-a")).toEqual(["1", "2"]);
});

const pieces = array(string({ minLength: 1, maxLength: 30 }), { maxLength: 8 });

test("whatever is cut off: it never throws, never takes more than there is, and is whole only at the end", () => {
  assert(
    property(pieces, nat(), (chunks, seed) => {
      const latin = chunks.map((chunk) => Buffer.from(chunk).toString("latin1"));
      const body = latin.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
      const text = `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body}0\r\nX-T: 1\r\n\r\n`;
      const whole = readMessage(text, request);
      expect(whole).toMatchObject({
        body: latin.join(""),
        isComplete: true,
        length: text.length,
      });
      const cut = text.slice(0, seed % text.length);
      const part = readMessage(cut, request);
      expect(part?.isComplete ?? false).toBe(false);
      expect(part?.length ?? 0).toBeLessThanOrEqual(cut.length);
    }),
  );
});
