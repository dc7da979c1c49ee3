import { describe, expect, test } from "vitest";
import { accepted, chunked, get, linesNamed, requestWith, run, verdict } from "./shorthand.ts";

const hello = "5\r\nhello\r\n0\r\n\r\n";
const smuggled = get("/smuggled");

describe("Content-Length and Transfer-Encoding", () => {
  test.each([
    ["CL.TE", ["Content-Length: 15", "Transfer-Encoding: chunked"]],
    ["TE.CL", ["Transfer-Encoding: chunked", "Content-Length: 15"]],
    ["CL 0 and TE", ["Content-Length: 0", "transfer-encoding: Chunked"]],
  ])("row 1: %s in one request is 400 and nothing behind it is read", (_, lines) => {
    const { messages, violation } = run(requestWith(...lines) + hello + smuggled);
    expect({ messages, violation }).toEqual({ messages: [], violation: "length-and-chunked" });
  });

  test.each([
    ["gzip", "501 unsupported-transfer-encoding"],
    ["identity", "501 unsupported-transfer-encoding"],
    ["chunked, gzip", "400 bad-transfer-encoding"],
    ["chunked, identity", "400 bad-transfer-encoding"],
  ])(
    "row 2: Transfer-Encoding %j, which does not end in chunked, is refused",
    (value, expected) => {
      expect(verdict(requestWith(`Transfer-Encoding: ${value}`) + hello)).toBe(expected);
    },
  );

  test.each([
    ["cow", "501 unsupported-transfer-encoding"],
    ["x-gzip", "501 unsupported-transfer-encoding"],
    ["gzip, chunked", "400 bad-transfer-encoding"],
    ["cow, chunked", "400 bad-transfer-encoding"],
    ["identity, chunked", "400 bad-transfer-encoding"],
    [",chunked", "400 bad-transfer-encoding"],
    ["chunked,", "400 bad-transfer-encoding"],
    ["", "400 bad-transfer-encoding"],
    ["chunked;q=1", "400 bad-transfer-encoding"],
    ['"chunked"', "400 bad-transfer-encoding"],
    ["xchunked", "400 bad-transfer-encoding"],
    ["chunked\xa0", "400 bad-transfer-encoding"],
    ["chun ked", "501 unsupported-transfer-encoding"],
  ])(
    "row 3: an unknown transfer coding is 501 and a mangled chunked is 400: %j",
    (value, expected) => {
      expect(verdict(requestWith(`Transfer-Encoding: ${value}`) + hello)).toBe(expected);
    },
  );

  test.each(["\tchunked", " \tchunked", "chunked\t", "chunked \t", "chunked\t "])(
    "row 3: a tab around chunked, %j, is 400, as not every parser takes it off",
    (value) => {
      expect(verdict(`${requestWith(`Transfer-Encoding:${value}`)}${hello}`)).toBe(
        "400 bad-transfer-encoding",
      );
    },
  );

  test.each(["chunked", "  chunked", " chunked  "])(
    "row 3: spaces around chunked, %j, pass",
    (value) => {
      expect(accepted(requestWith(`Transfer-Encoding:${value}`) + hello).body).toBe("hello");
    },
  );

  test("row 3: chunked is recognised in any case and forwarded as chunked", () => {
    const message = accepted(requestWith("Transfer-Encoding: cHuNkEd") + hello);
    expect(message.body).toBe("hello");
    expect(linesNamed(message.forwarded, "transfer-encoding")).toEqual([
      "Transfer-Encoding: chunked",
    ]);
  });

  test.each([
    ["one list", ["Transfer-Encoding: chunked, chunked"]],
    ["two lines", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]],
    ["gzip and chunked on two lines", ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"]],
  ])("row 4: chunked twice, as %s, is 400", (_, lines) => {
    expect(verdict(requestWith(...lines) + hello)).toBe("400 bad-transfer-encoding");
  });

  test("row 5: HTTP/1.0 with Transfer-Encoding is 400 and the second request is never read", () => {
    const head = "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const { messages, violation } = run(head + hello + smuggled);
    expect({ messages, violation }).toEqual({
      messages: [],
      violation: "transfer-encoding-on-http10",
    });
  });

  test.each(
    [
      ["+5", "-5", "-0", "5e0", "5.0", "0x5", "5_0", '"5"', "5;q", "0 5", "5 5", ""],
      ["18446744073709551621", "9007199254740992", "99999999999999999", "\xef\xbc\x95", "5\xa0"],
    ].flat(),
  )("row 6: Content-Length %j is 400", (value) => {
    expect(verdict(requestWith(`Content-Length: ${value}`) + "hello")).toBe(
      "400 bad-content-length",
    );
  });

  test("row 6: a vertical tab before the length is a control byte", () => {
    expect(verdict(requestWith("Content-Length: \x0b5"))).toBe("400 control-byte");
  });

  test.each([["5, 5"], ["5,5"], ["5, 6"]])("row 7: a list of lengths, %j, is 400", (value) => {
    expect(verdict(requestWith(`Content-Length: ${value}`))).toBe("400 bad-content-length");
  });

  test.each([
    ["the same", "5"],
    ["another", "6"],
  ])("row 7: a second Content-Length line with %s value is 400", (_, second) => {
    expect(verdict(requestWith("Content-Length: 5", `content-length: ${second}`))).toBe(
      "400 duplicate-content-length",
    );
  });

  test.each([
    ["Content-Length: 0005", "Content-Length: 5"],
    ["Content-Length:\t5", "Content-Length: 5"],
    ["Content-Length:  5", "Content-Length: 5"],
    ["Content-Length:   5", "Content-Length: 5"],
    ["Content-Length: 5 ", "Content-Length: 5"],
    ["content-length: 5", "content-length: 5"],
    ["content-length:5", "content-length:5"],
  ])("row 8: %j is forwarded as %j, once", (line, forwarded) => {
    const message = accepted(`${requestWith(line)}hello`);
    expect(message.body).toBe("hello");
    expect(linesNamed(message.forwarded, "content-length")).toEqual([forwarded]);
  });

  test.each(["0", "00", "000000"])(
    "row 8: a length of zero written %j is forwarded as 0",
    (zero) => {
      const { forwarded } = accepted(requestWith(`Content-Length: ${zero}`));
      expect(linesNamed(forwarded, "content-length")).toEqual(["Content-Length: 0"]);
    },
  );
});

describe("chunks", () => {
  test.each(
    [
      ["0x3", "+3", "-0", "-3", " 3", "3 ", "3_", "_3", "3\t", "g", "", "3.0"],
      ["ffffffffffffffff", "10000000000000003", "000000000000003", "20000000000000"],
    ].flat(),
  )("row 9: chunk size %j is 400", (size) => {
    expect(verdict(chunked(`${size}\r\nabc\r\n0\r\n\r\n`))).toBe("400 bad-chunk-size");
  });

  test("row 9: sizes in both cases and with leading zeros are read", () => {
    const text = `00A\r\n${"x".repeat(10)}\r\na\r\n${"y".repeat(10)}\r\n000\r\n\r\n`;
    expect(accepted(chunked(text)).body).toBe("x".repeat(10) + "y".repeat(10));
  });

  test("row 10: an extension of 1 KB is ignored and never forwarded", () => {
    const message = accepted(chunked(`5;ext=${"e".repeat(1024)}\r\nhello\r\n0;last\r\n\r\n`));
    expect(message).toMatchObject({ body: "hello", isComplete: true });
  });

  test.each(["5;a\r\n", "5; a\r\n", "5;a=b;c\r\n", '5;a="b;\\"c\t d"\r\n', '5;a="\xe9";b=c\r\n'])(
    "row 10: the extension in %j follows the grammar",
    (line) => {
      expect(accepted(chunked(`${line}hello\r\n0\r\n\r\n`)).body).toBe("hello");
    },
  );

  test.each([
    "5;\r\n",
    "5;=b\r\n",
    "5;a=\r\n",
    "5;a =b\r\n",
    '5;a="b\r\n',
    '5;a="b"c\r\n',
    "5;a b\r\n",
    "5;a;\r\n",
    '5;a="\x01"\r\n',
    '5;a="\\\x7f"\r\n',
  ])("row 10: the extension in %j is 400", (line) => {
    expect(verdict(chunked(`${line}hello\r\n0\r\n\r\n`))).toBe("400 bad-chunk-extension");
  });

  test("row 10: 100 KB of extensions on one-byte chunks end at the limit", () => {
    const text = chunked(`1;${"e".repeat(1000)}\r\nx\r\n`.repeat(100));
    const { messages, violation } = run(text);
    expect(violation).toBe("chunk-extensions-too-large");
    expect(messages[0]?.body).toBe("x".repeat(8));
  });

  test.each([
    ["5\nhello\r\n0\r\n\r\n", "400 bad-chunk-size"],
    ["5\rhello\r\n0\r\n\r\n", "400 bare-cr"],
    ["5\r\rhello\r\n0\r\n\r\n", "400 bare-cr"],
    ["5;a\nhello\r\n0\r\n\r\n", "400 bare-lf"],
    ["5;\nhello\r\n0\r\n\r\n", "400 bare-lf"],
    ["5;a\rhello\r\n0\r\n\r\n", "400 bare-cr"],
    ['5;a="\n"\r\nhello\r\n0\r\n\r\n', "400 bare-lf"],
    ['5;a="\r\n"\r\nhello\r\n0\r\n\r\n', "400 bad-chunk-extension"],
    ["5\r\nhello\n0\r\n\r\n", "400 bad-chunk-end"],
    ["5\r\nhello\r0\r\n\r\n", "400 bad-chunk-end"],
    ["5\r\nhelloXX0\r\n\r\n", "400 bad-chunk-end"],
    ["5\r\nhello0\r\n\r\n", "400 bad-chunk-end"],
    ["5\r\nhello\r\n0\n\r\n", "400 bad-chunk-size"],
    ["0\r\n\n", "400 bad-trailer"],
    ["0\r\n\rX", "400 bare-cr"],
    ["0\r\nA: b\n\r\n", "400 bad-trailer"],
    ["0\r\nA: b\rC: d\r\n\r\n", "400 bare-cr"],
  ])("row 11: a bare LF or CR around a chunk, %j, is %s", (body, expected) => {
    expect(verdict(chunked(body))).toBe(expected);
  });

  test.each(["0\r\n", "0\r", "0", "5\r\nhel", "5\r\nhello\r\n", "0\r\nA: b\r\n", "0\r\n\r"])(
    "row 12: a chunked body that stops at %j is not complete",
    (body) => {
      const { ending, messages } = run(chunked(body));
      expect(ending).toBe("cut");
      expect(messages[0]?.isComplete).toBe(false);
    },
  );

  test.each([
    "Host: evil",
    "Content-Length: 3",
    "Transfer-Encoding: identity",
    "Authorization: x",
    "X-Forwarded-For: 1.2.3.4",
    "__proto__: x",
    "TE: trailers",
    "Trailer: X",
    "Content-Type: text/html",
    "If-Match: x",
    "X_Forwarded_For: 1.2.3.4",
    "Idempotency-Key: a",
  ])("rows 13, 14: the trailer %j is dropped and the body stays whole", (line) => {
    const message = accepted(chunked(`5\r\nhello\r\n0\r\n${line}\r\n\r\n`) + get("/next"));
    expect(message).toMatchObject({ body: "hello", trailers: "", isComplete: true });
    expect(linesNamed(message.forwarded, line.slice(0, line.indexOf(":")))).not.toContain(line);
  });

  test("row 14: the others go on byte for byte, in order, and are no header fields", () => {
    const kept = "Content-Digest: sha-256=:eA==:\r\nx-sum:  1 \r\nX-Sum: \xe9\r\n";
    const section = `Host: evil\r\n${kept}Cookie: a=b\r\nX-Last:\r\n`;
    const message = accepted(`${chunked(`5\r\nhello\r\n0\r\n${section}\r\n`)}${get("/next")}`);
    expect(message).toMatchObject({ body: "hello", trailers: `${kept}X-Last:\r\n` });
    expect(message.forwarded).not.toMatch(/digest|x-sum|x-last/i);
  });

  test.each([": x", "A : x", " A: x", "A", "A\x80: x", "A: b\r\n folded", "A: \x00", "A: \x7f"])(
    "row 13: the malformed trailer %j is 400",
    (line) => {
      expect(verdict(chunked(`0\r\n${line}\r\n\r\n`))).toBe("400 bad-trailer");
    },
  );
});

describe("the end of a request", () => {
  test("row 15: without Content-Length and Transfer-Encoding there is no body", () => {
    const { messages, violation } = run(`${requestWith()}hello body\r\n\r\n`);
    expect(messages).toMatchObject([{ kind: "none", body: "", isComplete: true }]);
    expect(violation).toBe("bad-version");
  });

  test.each(["GET", "HEAD", "DELETE", "OPTIONS"])(
    "row 16: a %s with a body keeps its framing, and the next request follows",
    (method) => {
      const head = `${method} /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n`;
      const { messages, ending } = run(`${head}0123456789${get("/b")}`);
      expect(ending).toBe("clean");
      expect(messages.map(({ target, body }) => [target, body])).toEqual([
        ["/a", "0123456789"],
        ["/b", ""],
      ]);
      expect(linesNamed(messages[0]?.forwarded ?? "", "content-length")).toHaveLength(1);
    },
  );

  test("row 18: what follows a request with Connection: close is never read", () => {
    const { messages, ending, unread } = run(requestWith("Connection: close") + smuggled);
    expect(messages).toHaveLength(1);
    expect({ ending, unread }).toEqual({ ending: "closed", unread: smuggled.length });
  });

  test("row 18: what follows a persistent request is the next request", () => {
    const { messages, ending } = run(requestWith() + get("/second"));
    expect(messages.map(({ target }) => target)).toEqual(["/p", "/second"]);
    expect(ending).toBe("clean");
  });
});
