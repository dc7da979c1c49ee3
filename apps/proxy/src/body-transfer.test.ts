import { BodyDecoder, type BodyKind } from "@evenkeel/http1";
import { describe, expect, test } from "vitest";
import { BodyTransfer } from "./body-transfer.ts";

const text = (data: string | Buffer): string =>
  typeof data === "string" ? data : data.latin1Slice();

interface Step {
  readonly transfer: BodyTransfer;
  readonly decoder: BodyDecoder;
}

function started(kind: BodyKind, length = 0): Step {
  const decoder = new BodyDecoder();
  decoder.start(kind, length);
  return { transfer: new BodyTransfer(), decoder };
}

function take({ transfer, decoder }: Step, kind: BodyKind, head: string, input: string): string {
  const bytes = Buffer.from(input, "latin1");
  return text(transfer.take(decoder, kind, head, bytes, 0, bytes.length));
}

describe("what goes out", () => {
  test("is the head and the content for a body with a length", () => {
    const step = started("length", 5);
    expect(take(step, "length", "HEAD", "helloNEXT")).toBe("HEADhello");
    expect([step.transfer.content, step.transfer.next, step.decoder.isDone]).toEqual([5, 5, true]);
  });

  test("is the head alone without a body", () => {
    const step = started("none");
    expect(take(step, "none", "HEAD", "NEXT")).toBe("HEAD");
    expect([step.transfer.content, step.transfer.next]).toEqual([0, 0]);
  });

  test("is one chunk for all the chunks that came together", () => {
    const step = started("chunked");
    expect(take(step, "chunked", "HEAD", "1\r\na\r\n2;x=1\r\nbc\r\n")).toBe("HEAD3\r\nabc\r\n");
    expect(take(step, "chunked", "", "0\r\nX: 1\r\n\r\nNEXT")).toBe("0\r\nX: 1\r\n\r\n");
    expect(step.transfer.next).toBe("0\r\nX: 1\r\n\r\n".length);
  });

  test("is content and last chunk in one piece when they came in one", () => {
    const step = started("chunked");
    expect(take(step, "chunked", "HEAD", "3\r\nabc\r\n0\r\n\r\n")).toBe(
      "HEAD3\r\nabc\r\n0\r\n\r\n",
    );
  });

  test("is the head and the last chunk for an empty chunked body", () => {
    expect(take(started("chunked"), "chunked", "HEAD", "0\r\n\r\n")).toBe("HEAD0\r\n\r\n");
  });

  test("is nothing while only a part of a chunk's frame has come", () => {
    const step = started("chunked");
    expect(take(step, "chunked", "", "5;ext")).toBe("");
    expect(take(step, "chunked", "", "=1\r\n")).toBe("");
    expect(take(step, "chunked", "", "he")).toBe("2\r\nhe\r\n");
  });

  test("never ends in a last chunk while content is missing", () => {
    expect(take(started("chunked"), "chunked", "", "5\r\nhello\r\n0\r\n")).toBe("5\r\nhello\r\n");
  });

  test("is chunks for content that ends with the connection, and plain the other way", () => {
    expect(take(started("until-close"), "chunked", "HEAD", "abc")).toBe("HEAD3\r\nabc\r\n");
    expect(take(started("chunked"), "until-close", "HEAD", "3\r\nabc\r\n0\r\n\r\n")).toBe(
      "HEADabc",
    );
  });

  test("is the last chunk when the connection that was the end has ended", () => {
    const step = started("until-close");
    take(step, "chunked", "HEAD", "abc");
    expect(step.decoder.finish()).toBe(true);
    expect(take(step, "chunked", "", "")).toBe("0\r\n\r\n");
  });

  test("stops where the framing breaks", () => {
    const step = started("chunked");
    expect(take(step, "chunked", "", "1\r\na\r\nzz\r\n")).toBe("1\r\na\r\n");
    expect(step.decoder.violation).not.toBeNull();
  });
});

describe("the bytes", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).latin1Slice();

  test.each([1, 8_191, 8_192, 8_193, 60_000, 65_536, 200_000])(
    "of %i bytes of content are the same behind a head",
    (size) => {
      const body = all.repeat(Math.ceil(size / 256)).slice(0, size);
      expect(take(started("length", size), "length", "\xe9HEAD", body)).toBe(`\xe9HEAD${body}`);
      const chunked = take(started("length", size), "chunked", "\xe9HEAD", body);
      expect(chunked).toBe(`\xe9HEAD${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    },
  );

  test("are the same however the input is split", () => {
    const wire = `5;e="x"\r\nhello\r\n${(9_000).toString(16)}\r\n${all.repeat(36).slice(0, 9_000)}\r\n0\r\n\r\n`;
    const whole = unchunked(take(started("chunked"), "chunked", "", wire));
    for (const size of [1, 2, 3, 7, 100, 4_096, 9_001]) {
      const step = started("chunked");
      let out = "";
      for (let at = 0; at < wire.length; at += size) {
        out += take(step, "chunked", "", wire.slice(at, at + size));
      }
      expect(unchunked(out)).toBe(whole);
      expect(step.decoder.isDone).toBe(true);
    }
  });

  test("do not change when the input is overwritten", () => {
    for (const size of [100, 50_000]) {
      const { transfer, decoder } = started("length", size);
      const input = Buffer.alloc(size, "a");
      const out = transfer.take(decoder, "length", "", input, 0, size);
      input.fill("b");
      expect(text(out)).toBe("a".repeat(size));
    }
  });
});

/** The content of chunks without extensions. */
function unchunked(wire: string): string {
  let content = "";
  for (let at = 0; at < wire.length;) {
    const lineEnd = wire.indexOf("\r\n", at);
    const size = Number.parseInt(wire.slice(at, lineEnd), 16);
    content += wire.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
  return content;
}
