import { describe, expect, test } from "vitest";
import { forwardSwitchingHead } from "../src/forward-response.ts";
import { defaultHeadLimits } from "../src/limits.ts";
import { ResponseParser } from "../src/response-parser.ts";
import { testDate } from "./drive-responses.ts";
import { decode, octets } from "./latin1.ts";
import {
  acceptedReply,
  linesNamed,
  linesOf,
  replyVerdict,
  response,
  runReply,
} from "./shorthand.ts";

const ok = "HTTP/1.1 200 OK";
const head = { isHead: true } as const;
const hello = "5\r\nhello\r\n0\r\n\r\n";

describe("syntax", () => {
  test("row 23: white space before a colon spoils a response", () => {
    expect(replyVerdict(response(ok, "Content-Length : 5"))).toBe("space-before-colon");
  });

  test("row 25: a folded field spoils a response", () => {
    expect(replyVerdict(response(ok, "X: y", " z"))).toBe("obs-fold");
  });

  test.each(["\r\n", "\n", " "])("row 65: %j before a status line is not a response", (stray) => {
    expect(runReply(stray + response(ok, "Content-Length: 0"))).toMatchObject({ messages: [] });
    expect(replyVerdict(stray + response(ok))).not.toBe("complete");
  });

  test.each([99, 100, 101])("row 33: %i fields with the limit at 100", (count) => {
    const text = response(ok, ...Array.from({ length: count }, () => "a:b"));
    expect(replyVerdict(text)).toBe(count <= 100 ? "complete" : "too-many-fields");
  });

  test("row 33: 1,100 fields never hide a Content-Length (CVE-2026-58044)", () => {
    const fields = Array.from({ length: 1_100 }, () => "a:b");
    expect(runReply(response(ok, ...fields, "Content-Length: 5"))).toMatchObject({
      messages: [],
      violation: "too-many-fields",
    });
  });

  test.each([
    ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"],
    ["HTTP/1.1 200 ", "HTTP/1.1 200 "],
    ["HTTP/1.1 200", "HTTP/1.1 200 "],
    ["HTTP/1.0 200 OK", "HTTP/1.1 200 OK"],
    ["HTTP/1.0 200", "HTTP/1.1 200 "],
  ])("%j goes to the client as %j, with fields or without", (line, expected) => {
    for (const fields of [["Content-Length: 0"], ["Connection: close", "Content-Length: 0"], []]) {
      const { forwarded } = acceptedReply(response(line, ...fields));
      expect(linesOf(forwarded)[0]).toBe(expected);
      expect(forwarded).toMatch(/^[^\r\n]*\r\n([^\r\n:]+: [^\r\n]*\r\n)+\r\n$/);
    }
  });

  test("row 36: bytes above 0x7f pass in reason and value", () => {
    const text = response("HTTP/1.1 200 \xe9\xff", "Set-Cookie: a=\xc3\xa9", "Content-Length: 0");
    expect(linesOf(acceptedReply(text).forwarded).slice(0, 2)).toEqual([
      "HTTP/1.1 200 \xe9\xff",
      "Set-Cookie: a=\xc3\xa9",
    ]);
  });
});

describe("fields", () => {
  test("row 51: what Connection names ends here, and so do the hop's own fields", () => {
    const lines = [
      "X-A: 1",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: x",
      "Trailer: T",
      "X-B: 2",
    ];
    const text = response(ok, "Connection: x-a, keep-alive", ...lines, "Content-Length: 0");
    const { forwarded } = acceptedReply(text);
    expect(linesOf(forwarded).slice(1, 3)).toEqual(["X-B: 2", "Content-Length: 0"]);
  });

  const trailing = "2\r\nok\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\nx-hop: 2\r\nX_Odd: 3\r\n\r\n";
  const announcing = [
    "Trailer: X-Sum, Set-Cookie",
    "Transfer-Encoding: chunked",
    "Connection: X-Hop",
  ];

  test("row 14: trailers of a response go on, but those that would control it and those of this hop", () => {
    const message = acceptedReply(response(ok, ...announcing) + trailing);
    expect(message).toMatchObject({ body: "ok", trailers: "X-Sum: 1\r\nX_Odd: 3\r\n" });
    expect(linesNamed(message.forwarded, "trailer")).toEqual(["Trailer: X-Sum"]);
  });

  test("row 14: no trailers are announced to HTTP/1.0, and none without chunks", () => {
    const old = acceptedReply(response(ok, ...announcing) + trailing, { clientMinor: 0 });
    expect(linesNamed(old.forwarded, "trailer")).toEqual([]);
    const short = acceptedReply(response(ok, "Trailer: X-Sum", "Content-Length: 0"));
    expect(linesNamed(short.forwarded, "trailer")).toEqual([]);
    const open = acceptedReply(response(ok, "Trailer: X-Sum"));
    expect(linesNamed(open.forwarded, "trailer")).toEqual([]);
  });

  test("row 53: Connection cannot remove Set-Cookie or framing from a response", () => {
    const text = response(
      ok,
      "Connection: set-cookie, content-length",
      "Set-Cookie: a",
      "Content-Length: 2",
    );
    const { forwarded, body } = acceptedReply(`${text}ok`);
    expect(forwarded).toContain("Set-Cookie: a\r\nContent-Length: 2\r\n");
    expect(body).toBe("ok");
  });

  test.each([
    [["HTTP/1.1 200 OK", "Connection: close"], false],
    [["HTTP/1.1 200 OK"], true],
    [["HTTP/1.0 200 OK"], false],
    [["HTTP/1.0 200 OK", "Connection: keep-alive"], true],
    [["HTTP/1.0 200 OK", "Connection: keep-alive, close"], false],
  ])("row 62: after %j the backend connection may be used again: %s", (lines, isPersistent) => {
    const message = acceptedReply(response(...lines, "Content-Length: 0"));
    expect(message.isPersistent).toBe(isPersistent);
    expect(linesNamed(message.forwarded, "connection")).toEqual([]);
  });

  test("row 62: a backend connection whose response ends with it is not used again", () => {
    expect(acceptedReply(response(ok)).isPersistent).toBe(false);
    expect(acceptedReply(response(ok), head).isPersistent).toBe(true);
  });

  test("row 73: a Date is added only where there is none", () => {
    const without = acceptedReply(response(ok, "Content-Length: 0")).forwarded;
    expect(linesNamed(without, "date")).toEqual([`Date: ${testDate}`]);
    const withDate = acceptedReply(response(ok, "date: theirs", "Content-Length: 0")).forwarded;
    expect(linesNamed(withDate, "date")).toEqual(["date: theirs"]);
  });

  test("row 74: end-to-end fields pass byte for byte, odd names too", () => {
    const lines = [
      "Server: x",
      'ETag: W/"a"',
      'WWW-Authenticate: Basic realm="r", Digest x',
      "Allow:",
      "Content-Range: bytes 0-1/2",
      "Vary: *",
      "Age: 5",
      "X_Odd.Name: 1",
      "X-Forwarded-For: 1.1.1.1",
    ];
    const { forwarded } = acceptedReply(response(ok, ...lines, "Content-Length: 0"));
    expect(linesOf(forwarded).slice(1, 1 + lines.length)).toEqual(lines);
  });

  test("rows 34, 89: Set-Cookie lines stay apart and in order", () => {
    const lines = ["Set-Cookie: a=1", "X: 1", "set-cookie: b=2", "Set-Cookie: c=3"];
    const { forwarded } = acceptedReply(response(ok, ...lines, "Content-Length: 0"));
    expect(linesOf(forwarded).slice(1, 5)).toEqual(lines);
  });
});

describe("1xx", () => {
  test("row 79: each 1xx is an event of its own, and its fields stay with it", () => {
    const early = response("HTTP/1.1 103 Early Hints", "Link: </a>");
    const final = response(ok, "Content-Length: 2");
    const { messages, ending } = runReply(
      `${early}${early}HTTP/1.1 100 Continue\r\n\r\n${final}ok`,
    );
    expect(messages.map(({ status }) => status)).toEqual([103, 103, 100, 200]);
    expect(messages[0]?.forwarded).toBe(early);
    expect(linesNamed(messages[3]?.forwarded ?? "", "link")).toEqual([]);
    expect(ending).toBe("complete");
  });

  test("row 79: a 1xx without its final response is incomplete", () => {
    expect(replyVerdict(response("HTTP/1.1 103 Early Hints"))).toBe("cut");
  });

  test("row 57: a 101 is sent on with the protocol it names", () => {
    const parser = new ResponseParser(defaultHeadLimits, decode);
    const text = response("HTTP/1.1 101 Go", "connection: upgrade", "Upgrade: x/1", "A: b");
    parser.feed(octets(text), 0, text.length, false);
    expect(parser.upgrade).toBe("x/1");
    expect(forwardSwitchingHead(parser)).toBe(
      response("HTTP/1.1 101 Go", "A: b", "Connection: Upgrade", "Upgrade: x/1"),
    );
  });

  test("row 57: what follows a 101 is not HTTP/1.1", () => {
    const text = response("HTTP/1.1 101 Go", "Connection: upgrade", "Upgrade: x");
    expect(replyVerdict(`${text}\x00\x01`)).toBe("switched");
  });
});

describe("bodies", () => {
  test.each([
    [response("HTTP/1.1 204 No Content", "Content-Length: 3"), 3],
    [response("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked"), 3],
    [response("HTTP/1.1 304 Not Modified", "Content-Length: 3"), 3],
    [response("HTTP/1.1 304 Not Modified", "Transfer-Encoding: chunked"), 3],
    [response("HTTP/1.1 304 Not Modified"), 3],
  ])("row 81: %j has no body, and bytes behind it are not one", (text, extra) => {
    const reply = runReply(`${text}abc`);
    expect(reply).toMatchObject({ ending: "complete", extra });
    expect(reply.messages[0]).toMatchObject({ kind: "none", body: "" });
  });

  test("row 81: a 204 is forwarded without framing", () => {
    for (const line of ["Content-Length: 3", "Content-Length: 03", "Transfer-Encoding: chunked"]) {
      const { forwarded } = acceptedReply(response("HTTP/1.1 204 No Content", line));
      expect(forwarded).not.toMatch(/content-length|transfer-encoding/i);
    }
  });

  test("row 81: a 1xx is forwarded without framing", () => {
    for (const line of ["Content-Length: 3", "Transfer-Encoding: chunked"]) {
      const { messages } = runReply(response("HTTP/1.1 103 Early Hints", line));
      expect(messages[0]?.forwarded).toBe("HTTP/1.1 103 Early Hints\r\n\r\n");
    }
  });

  test.each([
    [["Content-Length: 50000"], ["Content-Length: 50000"]],
    [["Content-Length: 007"], ["Content-Length: 7"]],
    [["Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked"]],
    [[], []],
  ])("row 82: a HEAD response with %j keeps %j and has no body", (lines, kept) => {
    for (const status of ["200 OK", "304 Not Modified"]) {
      const reply = runReply(`${response(`HTTP/1.1 ${status}`, ...lines)}abc`, head);
      expect(reply).toMatchObject({ ending: "complete", extra: 3 });
      const { forwarded } = reply.messages[0] ?? { forwarded: "" };
      const framing = linesOf(forwarded).filter((line) => /^(content-l|transfer-)/i.test(line));
      expect(framing).toEqual(kept);
    }
  });

  test.each([
    [["Content-Length: 5", "Transfer-Encoding: chunked"], "length-and-chunked"],
    [["Content-Length: 5", "Content-Length: 5"], "duplicate-content-length"],
    [["Content-Length: 5, 5"], "bad-content-length"],
    [["Content-Length: -1"], "bad-content-length"],
    [["Transfer-Encoding: chunked, gzip"], "bad-transfer-encoding"],
    [["Transfer-Encoding: gzip, chunked"], "bad-transfer-encoding"],
    [["Transfer-Encoding: gzip"], "unsupported-transfer-encoding"],
    [["Transfer-Encoding:"], "bad-transfer-encoding"],
  ])("row 83: framing %j is a violation, with and without a body", (lines, violation) => {
    expect(replyVerdict(response(ok, ...lines) + hello)).toBe(violation);
    expect(replyVerdict(response(ok, ...lines), head)).toBe(violation);
  });

  test("row 83: HTTP/1.0 with Transfer-Encoding is a violation", () => {
    const text = response("HTTP/1.0 200 OK", "Transfer-Encoding: chunked") + hello;
    expect(replyVerdict(text)).toBe("transfer-encoding-on-http10");
  });

  test.each([
    ["HTTP/2.0 200 OK", "bad-version"],
    ["HTTP/1.2 200 OK", "bad-version"],
    ["http/1.1 200 OK", "bad-version"],
    ["ICY 200 OK", "bad-version"],
    ["HTTP/1.1", "bad-status-line"],
    ["HTTP/1.1  200 OK", "bad-status-line"],
    ["HTTP/1.1 20 OK", "bad-status-line"],
    ["HTTP/1.1 2000 OK", "bad-status-line"],
    ["HTTP/1.1 200OK", "bad-status-line"],
    ["HTTP/1.1\t200 OK", "bad-status-line"],
    ["HTTP/1.1 0x0 OK", "bad-status-line"],
    ["HTTP/1.1 000 OK", "bad-status"],
    ["HTTP/1.1 099 OK", "bad-status"],
    ["HTTP/1.1 600 OK", "bad-status"],
    ["HTTP/1.1 999 OK", "bad-status"],
    ["HTTP/1.1 200 O\x00K", "control-byte"],
    ["HTTP/1.1 200 O\nK", "bare-lf"],
  ])("row 83: the status line %j is %s", (line, violation) => {
    expect(replyVerdict(response(line, "Content-Length: 0"))).toBe(violation);
  });

  test.each(["HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1 599 x\ty", "HTTP/1.0 200 OK"])(
    "row 83: the status line %j is read",
    (line) => {
      expect(replyVerdict(response(line, "Content-Length: 0"))).toBe("complete");
    },
  );

  test.each([
    [`${response(ok, "Content-Length: 5")}hell`, "cut"],
    [`${response(ok, "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n`, "cut"],
    [`${response(ok, "Content-Length: 5")}hello`, "complete"],
    [`${response(ok)}hello`, "complete"],
  ])("row 84: at the backend's FIN %j is %s", (text, ending) => {
    expect(replyVerdict(text)).toBe(ending);
  });

  test.each([
    [1, [], ["Transfer-Encoding: chunked"]],
    [0, [], []],
    [1, ["Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked"]],
    [0, ["Transfer-Encoding: chunked"], []],
    [0, ["Content-Length: 0"], ["Content-Length: 0"]],
  ] as const)("row 85: to HTTP/1.%i, framing %j becomes %j", (clientMinor, lines, sent) => {
    const { forwarded } = acceptedReply(response(ok, ...lines), { clientMinor });
    const framing = linesOf(forwarded).filter((line) => /^(content-l|transfer-)/i.test(line));
    expect(framing).toEqual(sent);
  });

  test("row 61: a response that ends the connection says so once", () => {
    const text = response(ok, "Connection: keep-alive", "Content-Length: 0");
    const { forwarded } = acceptedReply(text, { closes: true });
    expect(linesNamed(forwarded, "connection")).toEqual(["Connection: close"]);
  });

  test("row 66: bytes behind a complete response are counted, never read", () => {
    const text = `${response(ok, "Content-Length: 3")}abcEXTRA`;
    expect(runReply(text)).toMatchObject({ ending: "complete", extra: 5 });
    expect(acceptedReply(text).body).toBe("abc");
  });
});
