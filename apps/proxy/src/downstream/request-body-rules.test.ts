import { BodyDecoder } from "@evenkeel/http1";
import { describe, expect, test } from "vitest";
import { RequestBodyRules } from "./request-body-rules.ts";

type Limits = ConstructorParameters<typeof RequestBodyRules>[0];

const limits: Limits = {
  headBytes: 16_384,
  targetBytes: 8_000,
  fields: 100,
  bodyBytes: 0,
  bodyBytesPerSecond: 1_000,
  connections: "auto",
  requestsPerConnection: 0,
};

interface Upload {
  readonly rules: RequestBodyRules;
  readonly body: BodyDecoder;
  /** So many bytes of content arrive at this time; the status of the refusal, or 0. */
  readonly arrive: (bytes: number, now: number) => number;
}

/** A body of one megabyte whose reading begins at `now`. */
function startUpload(changes: Partial<Limits> = {}, now = 1_000): Upload {
  const rules = new RequestBodyRules({ ...limits, ...changes });
  const body = new BodyDecoder();
  body.start("length", 1_000_000);
  rules.start(now);
  rules.resume(now);
  return {
    rules,
    body,
    arrive: (bytes, at) => {
      const input = new Uint8Array(bytes);
      for (let taken = 0; taken < bytes;) taken = body.advance(input, taken, bytes);
      return rules.check(body, at)?.status ?? 0;
    },
  };
}

describe("limits.bodyRate", () => {
  test("is not judged in the first ten seconds", () => {
    const { arrive } = startUpload();
    expect(arrive(1, 1_001)).toBe(0);
    expect(arrive(1, 11_000)).toBe(0);
  });

  test("refuses what is slower afterwards, with the error of every slow client", () => {
    const { rules, body, arrive } = startUpload();
    expect(arrive(5_000, 2_000)).toBe(0);
    expect(arrive(1, 11_001)).toBe(408);
    expect(rules.check(body, 11_001)).toEqual({
      status: 408,
      error: "http_request_timeout",
      detail: "the request body arrives too slowly",
    });
  });

  test("is met by exactly the rate, and not by one byte less", () => {
    expect(startUpload().arrive(20_000, 21_000)).toBe(0);
    expect(startUpload().arrive(19_999, 21_000)).toBe(408);
  });

  test("judges the average, so a fast beginning pays for a slow end, and for no more", () => {
    const { arrive } = startUpload();
    expect(arrive(60_000, 2_000)).toBe(0);
    expect(arrive(1, 61_000)).toBe(0);
    expect(arrive(1, 62_000)).toBe(408);
  });

  test("does not count the time in which nothing was read", () => {
    const { rules, arrive } = startUpload();
    expect(arrive(10_000, 2_000)).toBe(0);
    rules.pause(2_000);
    rules.resume(102_000);
    expect(arrive(1, 102_001)).toBe(0);
    expect(arrive(1, 110_000)).toBe(0);
    expect(arrive(1, 112_000)).toBe(408);
  });

  test("is not misled by a second pause inside the first", () => {
    const { rules, arrive } = startUpload();
    rules.pause(2_000);
    rules.pause(50_000);
    rules.resume(102_000);
    rules.resume(200_000);
    expect(arrive(1, 110_999)).toBe(0);
    expect(arrive(1, 111_001)).toBe(408);
  });

  test("does not judge while nothing is read", () => {
    const { rules, arrive } = startUpload();
    rules.pause(60_000);
    expect(arrive(1, 61_000)).toBe(0);
  });

  test("does not judge a body that is whole", () => {
    const { arrive } = startUpload();
    expect(arrive(1_000_000, 10_000_000)).toBe(0);
  });

  test("of zero is no limit", () => {
    expect(startUpload({ bodyBytesPerSecond: 0 }).arrive(1, 10_000_000)).toBe(0);
  });

  test("begins anew with the next body", () => {
    const { rules, body, arrive } = startUpload();
    expect(arrive(1, 60_000)).toBe(408);
    body.start("length", 1_000);
    rules.start(60_000);
    rules.resume(60_000);
    expect(arrive(1, 69_999)).toBe(0);
  });
});

describe("limits.body", () => {
  test("is met by as many bytes, and not by one more", () => {
    const { arrive } = startUpload({ bodyBytes: 100 });
    expect(arrive(100, 1_001)).toBe(0);
    expect(arrive(1, 1_002)).toBe(413);
  });

  test("of zero is no limit", () => {
    expect(startUpload({ bodyBytes: 0 }).arrive(999_999, 1_001)).toBe(0);
  });

  test("counts the content of chunks, not their framing", () => {
    const rules = new RequestBodyRules({ ...limits, bodyBytes: 4 });
    const body = new BodyDecoder();
    body.start("chunked", 0);
    const input = new TextEncoder().encode("1;extension=of-some-length\r\na\r\n3\r\nbcd\r\n");
    for (let at = 0; at < input.length;) at = body.advance(input, at, input.length);
    expect(rules.check(body, 1)).toBeNull();
    const more = new TextEncoder().encode("1\r\ne\r\n");
    for (let at = 0; at < more.length;) at = body.advance(more, at, more.length);
    expect(rules.check(body, 1)?.status).toBe(413);
  });
});

test("broken framing is a 400, whatever the size and the speed", () => {
  const rules = new RequestBodyRules(limits);
  const body = new BodyDecoder();
  body.start("chunked", 0);
  const input = new TextEncoder().encode("0x5\r\n");
  body.advance(input, 0, input.length);
  expect(rules.check(body, 1)).toMatchObject({ status: 400, error: "http_request_error" });
});
