import { expect, test } from "vitest";
import { BodyDecoder } from "./body-decoder.ts";
import { chunkSizeLine, lastChunk } from "./chunk-frame.ts";

const input = Buffer.from("hello world");

test("a body of known length takes its bytes and leaves the rest", () => {
  const body = new BodyDecoder();
  body.start("length", 8);
  expect(body.advance(input, 0, 5)).toBe(5);
  expect([body.dataStart, body.dataEnd, body.remaining, body.isDone]).toEqual([0, 5, 3, false]);
  expect(body.finish()).toBe(false);
  expect(body.advance(input, 5, 11)).toBe(8);
  expect([body.dataStart, body.dataEnd, body.remaining, body.isDone]).toEqual([5, 8, 0, true]);
  expect(body.received).toBe(8);
  expect(body.advance(input, 8, 11)).toBe(8);
  expect([body.dataStart, body.dataEnd]).toEqual([8, 8]);
});

test("without a body nothing is taken", () => {
  const body = new BodyDecoder();
  for (const kind of ["none", "length"] as const) {
    body.start(kind, 0);
    expect(body.isDone).toBe(true);
    expect(body.advance(input, 0, 11)).toBe(0);
  }
});

test("a body until close is done when the peer is, and only then", () => {
  const body = new BodyDecoder();
  body.start("until-close", 0);
  expect(body.advance(input, 2, 11)).toBe(11);
  expect([body.dataStart, body.dataEnd, body.isDone]).toEqual([2, 11, false]);
  expect(body.finish()).toBe(true);
});

test("a chunked body that is cut is not finished by the peer's close", () => {
  const body = new BodyDecoder();
  const text = Buffer.from("5\r\nhello\r\n0\r\n");
  body.start("chunked", 0);
  for (let at = 0; at < text.length;) at = body.advance(text, at, text.length);
  expect(body.received).toBe(5);
  expect(body.finish()).toBe(false);
});

test("a decoder forgets the last body, also one that broke the rules", () => {
  const body = new BodyDecoder();
  body.start("chunked", 0);
  body.advance(Buffer.from("x"), 0, 1);
  expect(body.violation).toBe("bad-chunk-size");
  expect(body.advance(Buffer.from("1"), 0, 1)).toBe(0);
  body.start("chunked", 0);
  const text = Buffer.from("1\r\na\r\n0\r\n\r\n");
  for (let at = 0; at < text.length;) at = body.advance(text, at, text.length);
  expect([body.isDone, body.violation, body.received]).toEqual([true, null, 1]);
});

test("what is written as chunks can be read as chunks", () => {
  const content = "x".repeat(300);
  const body = new BodyDecoder();
  const text = Buffer.from(`${chunkSizeLine(content.length)}${content}\r\n${lastChunk}`);
  body.start("chunked", 0);
  for (let at = 0; at < text.length;) at = body.advance(text, at, text.length);
  expect([body.isDone, body.received]).toEqual([true, 300]);
});
