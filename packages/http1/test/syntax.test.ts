import { describe, expect, test } from "vitest";
import { accepted, get, linesNamed, linesOf, requestWith, run, verdict } from "./shorthand.ts";

describe("bytes", () => {
  test.each([
    ["target", "GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["name", requestWith("X\rY: z")],
    ["value", requestWith("X: y\rz")],
    ["end of a line", "GET / HTTP/1.1\rHost: a\r\n\r\n"],
    ["end of the head", "GET / HTTP/1.1\r\nHost: a\r\n\rX"],
  ])("row 19: a CR alone in the %s is 400", (_, text) => {
    expect(verdict(text)).toBe("400 bare-cr");
  });

  test.each([
    ["everywhere", "GET / HTTP/1.1\nHost: a\n\n"],
    ["after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"],
    ["after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"],
    ["as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"],
    ["before the request", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["after a versionless line", "GET /x\nHost: a\nContent-Length: 5\n\nhello"],
  ])("row 20: LF alone %s is 400", (_, text) => {
    expect(verdict(text)).toBe("400 bare-lf");
  });

  const forbidden = [...Array(0x20).keys(), 0x7f].filter((code) => ![9, 10, 13].includes(code));
  test.each(forbidden)("row 21: the control byte %i is 400 in target, name and value", (code) => {
    const octet = String.fromCharCode(code);
    for (const text of [
      get(`/a${octet}b`),
      requestWith(`X${octet}Y: z`),
      requestWith(`X: y${octet}z`),
      requestWith(`X: ${octet}`),
    ]) {
      expect(verdict(text)).toBe("400 control-byte");
    }
  });

  test.each([
    ": x",
    "A(b): x",
    "A\x80: x",
    "[x]: y",
    "A",
    "A\xa0: x",
    '"a": x',
    "a/b: c",
    "a@b: c",
  ])("row 22: %j does not begin with a token and a colon", (line) => {
    expect(verdict(requestWith(line))).toBe("400 bad-field-name");
  });

  test.each(["Content-Length : 5", "X\t: y", "Transfer-Encoding  : chunked"])(
    "row 23: white space before the colon, %j, is 400",
    (line) => {
      expect(verdict(requestWith(line))).toBe("400 space-before-colon");
    },
  );

  test.each([" Host: a", "\tX: y", " ", "  \t"])(
    "row 24: a line of or after white space before the first field, %j, is 400",
    (line) => {
      expect(verdict(`GET / HTTP/1.1\r\n${line}\r\nHost: a\r\n\r\n`)).toBe(
        "400 whitespace-before-field",
      );
    },
  );

  test.each([" folded", "\tfolded", " "])("row 25: the folded line %j is 400", (line) => {
    expect(verdict(requestWith("X: y", line))).toBe("400 obs-fold");
  });

  test.each([
    ["a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400 control-byte"],
    ["the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 bad-version"],
    ["high bytes", `${"\xc3\x28\xfe".repeat(21)}\r\n`, "400 bad-method"],
    ["a PROXY protocol line", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n", "400 bad-request-line"],
  ])("row 27: %s is refused", (_, text, expected) => {
    expect(verdict(text)).toBe(expected);
  });
});

describe("the request line", () => {
  test.each([1, 2, 3, 4])("row 26: %i empty lines before a request are skipped", (count) => {
    expect(accepted("\r\n".repeat(count) + get("/x")).target).toBe("/x");
    expect(verdict(`${get("/1")}${"\r\n".repeat(count)}${get("/2")}`)).toBe("clean");
  });

  test("row 26: each request may have its own empty lines before it", () => {
    const text = "\r\n".repeat(4) + get("/x");
    expect(verdict(text.repeat(5))).toBe("clean");
  });

  test("row 26: 10,000 empty lines are refused at the fifth", () => {
    expect(verdict("\r\n".repeat(10_000))).toBe("400 empty-lines");
    expect(verdict("\r\n".repeat(5))).toBe("400 empty-lines");
  });

  test.each([
    "GET  /x HTTP/1.1",
    "GET /x  HTTP/1.1",
    "GET /x HTTP/1.1 ",
    "GET /x HTTP/1.1x",
    "GET /a b HTTP/1.1",
    "GET /a b c HTTP/1.1",
    "GET ",
    "GET",
  ])("row 28: the request line %j is 400", (line) => {
    expect(verdict(`${line}\r\nHost: a\r\n\r\n`)).toBe("400 bad-request-line");
  });

  test.each([
    [" GET /x HTTP/1.1", "400 bad-method"],
    ["GET\t/x HTTP/1.1", "400 bad-method"],
    ["GET /x\tHTTP/1.1", "400 target-byte"],
    ["GET /a\tb HTTP/1.1", "400 target-byte"],
    ["GET /\xe9 HTTP/1.1", "400 target-byte"],
  ])("row 28: the request line %j is %s", (line, expected) => {
    expect(verdict(`${line}\r\nHost: a\r\n\r\n`)).toBe(expected);
  });

  test.each(
    [
      [
        "GET /",
        "GET / HTTP/0.9",
        "GET / HTTP/1.2",
        "GET / HTTP/2.0",
        "GET / HTTP/1.",
        "GET / HTTP/1",
      ],
      ["GET / http/1.1", "GET / Http/1.1", "GET / RTSP/1.0", "GET / ICE/1.0", "GET / HTTP/11"],
      ["GET / HTTP/01.1", "GET / HTTP/1,1", "GET / HTTP-1.1", "GET / HTTP/1.x", "GET / "],
    ].flat(),
  )("row 29: %j has no version we speak: 505", (line) => {
    const text = `${line}\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`;
    expect(run(text).messages).toEqual([]);
    expect(verdict(text)).toBe("505 bad-version");
  });

  test("row 30: a request on HTTP/1.0 is forwarded on HTTP/1.1", () => {
    const { forwarded } = accepted("GET /x HTTP/1.0\r\nHost: a\r\n\r\n");
    expect(linesOf(forwarded)[0]).toBe("GET /x HTTP/1.1");
  });

  test.each(["FOO", "get", "M-SEARCH", "!#$%&'*+-.^_`|~", "A".repeat(32)])(
    "row 31: the method %j passes unchanged",
    (method) => {
      const message = accepted(`${method} /x HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(message.forwarded.startsWith(`${method} /x HTTP/1.1\r\n`)).toBe(true);
    },
  );

  test.each([
    ["G(T", "400 bad-method"],
    ["G/T", "400 bad-method"],
    ["\xc9T", "400 bad-method"],
    ["", "400 bad-method"],
    ["A".repeat(33), "501 method-too-long"],
  ])("row 31: the method %j is %s", (method, expected) => {
    expect(verdict(`${method} /x HTTP/1.1\r\nHost: a\r\n\r\n`)).toBe(expected);
  });

  test("row 32: a target of 8,000 bytes passes, one more is 414", () => {
    const longest = `/${"x".repeat(7_999)}`;
    expect(accepted(get(longest)).target).toBe(longest);
    expect(verdict(get(`${longest}x`))).toBe("414 target-too-long");
    expect(verdict(get(`/${"x".repeat(20_000)}`))).toBe("414 target-too-long");
  });
});

describe("fields", () => {
  const tiny = (count: number): string[] => Array.from({ length: count }, () => "a:b");

  test("row 33: 100 fields pass, the next one is 431", () => {
    expect(accepted(requestWith(...tiny(99))).fields).toHaveLength(100);
    expect(verdict(requestWith(...tiny(100)))).toBe("431 too-many-fields");
  });

  test.each([900, 1_002, 1_100, 2_500])(
    "row 33: %i tiny fields never hide the framing that follows them",
    (count) => {
      for (const framing of ["Content-Length: 5", "Transfer-Encoding: chunked"]) {
        const text = `${requestWith(...tiny(count), framing)}hello`;
        expect(run(text)).toMatchObject({ messages: [], violation: "too-many-fields" });
      }
    },
  );

  test("row 33: a head above its limit is 431", () => {
    expect(verdict(requestWith(`X: ${"y".repeat(16_384)}`))).toBe("431 head-too-large");
  });

  test("row 34: unknown fields pass, in order, with their repeats, bytes and case", () => {
    const lines = ["X-A:1", "x-b:  two  ", "X-A: 2", "Cookie: a=1", "Cookie: b=2", "Empty:"];
    const { forwarded } = accepted(requestWith(...lines));
    expect(linesOf(forwarded).slice(2, 2 + lines.length)).toEqual(lines);
  });

  test.each(["X_Forwarded_For", "Content_Length", "Transfer_Encoding", "Remote.User", "A!b", "_"])(
    "row 35: the field %j is dropped",
    (name) => {
      const message = accepted(requestWith("A: 1", `${name}: 7`, "B: 2"));
      expect(message.kind).toBe("none");
      expect(linesNamed(message.forwarded, name)).toEqual([]);
      expect(linesOf(message.forwarded).slice(2, 4)).toEqual(["A: 1", "B: 2"]);
    },
  );

  test("row 53: Connection cannot remove the key by which a backend knows a repeated request", () => {
    const line = "Idempotency-Key: 8e03978e";
    const { forwarded } = accepted(requestWith(line, "Connection: idempotency-key"));
    expect(linesNamed(forwarded, "idempotency-key")).toEqual([line]);
  });

  test("row 36: bytes above 0x7f in a value pass as they are", () => {
    const value = Array.from({ length: 128 }, (_, index) => String.fromCharCode(128 + index));
    const line = `X: a${value.join("")}b`;
    expect(linesNamed(accepted(requestWith(line)).forwarded, "x")).toEqual([line]);
  });

  test.each(["__proto__", "constructor", "hasOwnProperty", "toString", "valueOf"])(
    "row 37: a field, option, target and cookie named %s are only data",
    (name) => {
      const lines = [`${name}: 1`, `Cookie: ${name}=1`, "Connection: x-gone", `X-Gone: 1`];
      const message = accepted(
        `GET /?${name}=1 HTTP/1.1\r\nHost: a\r\n${lines.join("\r\n")}\r\n\r\n`,
      );
      expect(message.target).toBe(`/?${name}=1`);
      expect(linesNamed(message.forwarded, "x-gone")).toEqual([]);
      const isOdd = name.includes("_");
      expect(linesNamed(message.forwarded, name)).toEqual(isOdd ? [] : [`${name}: 1`]);
      expect(verdict(requestWith(`Connection: ${name}`))).toBe("clean");
    },
  );
});
