import { describe, expect, test } from "vitest";
import { hostName } from "../src/host.ts";
import { accepted, get, linesNamed, linesOf, requestWith, run, verdict } from "./shorthand.ts";

function named(target: string, host = "a.test"): string[] {
  return linesNamed(accepted(get(target, host)).forwarded, "host");
}

describe("Host", () => {
  test("row 38: HTTP/1.1 without Host is 400", () => {
    expect(verdict("GET / HTTP/1.1\r\nX: y\r\n\r\n")).toBe("400 missing-host");
    expect(verdict("GET http://a/ HTTP/1.1\r\n\r\n")).toBe("400 missing-host");
  });

  test.each(["a.test", "b.test", ""])("row 38: a second Host line, %j, is 400", (second) => {
    expect(verdict(requestWith(`host: ${second}`))).toMatch(/^400 (duplicate|bad)-host$/);
  });

  test.each(
    [
      ["a b", "a/b", "u@a", "a, b", "a,b", "a:99999", "a:65536", "a:b", "a:", ":80", "a:80:80"],
      [
        "[::1",
        "::1",
        "[]",
        "[::1]x",
        "[1.2.3.4]",
        "[::1::]",
        "[:::]",
        "[1:2:3:4:5:6:7]",
        "[12345::]",
      ],
      [
        "[1:2:3:4:5:6:7:8:9]",
        "[1:2:3:4:5:6:7:8::]",
        "[::1.2.3]",
        "[1.2.3.4::]",
        "[g::]",
        "[1:2:3::4:5:6::7:8]",
      ],
      [
        "a#x",
        "a?x",
        "a\\b",
        "a%00",
        "a%20b",
        "a..b",
        ".a",
        ".",
        "..",
        "http://a",
        "a\xe9",
        '"a"',
        "<a>",
      ],
    ].flat(),
  )("row 38: Host %j is 400", (host) => {
    expect(verdict(get("/", host))).toBe("400 bad-host");
  });

  test("row 38: NUL in Host is 400", () => {
    expect(verdict(get("/", "a\x00"))).toBe("400 control-byte");
  });

  test.each(
    [
      ["a", "A.TEST", "a.test.", "a-b_c~d.e", "0.0.0.0=5000", "127.0.0.1:8080", "a:0", "a:65535"],
      ["[::1]", "[::]", "[::1]:80", "[2001:db8::1]", "[1:2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]"],
    ].flat(),
  )("row 38: Host %j is a host", (host) => {
    expect(named("/", host)).toEqual([`Host: ${host}`]);
  });

  test("row 39: an empty Host is 400", () => {
    expect(verdict(get("/", ""))).toBe("400 bad-host");
    expect(verdict("GET / HTTP/1.0\r\nHost: \r\n\r\n")).toBe("400 bad-host");
  });

  test("row 39: HTTP/1.0 without Host is sent on with the address it came to", () => {
    const message = accepted("GET / HTTP/1.0\r\n\r\n");
    expect(message.host).toBeNull();
    expect(linesNamed(message.forwarded, "host")).toEqual(["Host: 127.0.0.1:8080"]);
  });

  test.each([
    ["A.TEST", "a.test"],
    ["a.test.", "a.test"],
    ["a.test:80", "a.test"],
    ["A.test.:8080", "a.test"],
    ["[::1]:80", "[::1]"],
    ["[2001:DB8::1]", "[2001:db8::1]"],
  ])("row 47: %j is routed as %j", (host, name) => {
    expect(hostName(host)).toBe(name);
  });

  test("row 47: a NUL cannot shorten a host", () => {
    expect(verdict(get("/", "a.test\x00.evil"))).toBe("400 control-byte");
  });
});

describe("absolute-form", () => {
  test.each([
    ["http://a.test/x", "a.test"],
    ["http://A.test/x", "a.test"],
    ["http://a.test:80/x", "a.test"],
    ["http://a.test/x", "a.test:80"],
    ["https://a.test/x", "a.test:443"],
    ["HTTP://a.test:8080/x", "a.test:8080"],
    ["http://a.test:080/x", "a.test:80"],
  ])("row 40: %j agrees with Host %j and is forwarded in origin-form", (target, host) => {
    const message = accepted(get(target, host));
    const authority = target.split("/")[2];
    expect(linesOf(message.forwarded)[0]).toBe("GET /x HTTP/1.1");
    expect(message.host).toBe(authority);
    expect(linesNamed(message.forwarded, "host")).toEqual([`Host: ${authority}`]);
  });

  test.each([
    ["http://a.test/", "b.test"],
    ["http://a.test:81/", "a.test"],
    ["http://a.test/", "a.test:443"],
    ["https://a.test/", "a.test:80"],
  ])("row 40: %j against Host %j is 400", (target, host) => {
    expect(verdict(get(target, host))).toBe("400 target-host-mismatch");
  });

  test("row 40: on HTTP/1.0 the target alone may name the host", () => {
    const message = accepted("GET http://a.test/x HTTP/1.0\r\n\r\n");
    expect(message.host).toBe("a.test");
    expect(linesNamed(message.forwarded, "host")).toEqual(["Host: a.test"]);
  });

  test.each([
    ["http://u:p@a.test/", "400 target-userinfo"],
    ["http://a.test@evil/", "400 target-userinfo"],
    ["ftp://a.test/", "400 bad-target"],
    ["s://]x", "400 bad-target"],
    ["http:/a.test/", "400 bad-target"],
    ["http:///x", "400 bad-target"],
    ["http://a.test:b/", "400 bad-target"],
    ["http://a.test:99999/", "400 bad-target"],
    ["http://a.test\\x/", "400 bad-target"],
  ])("row 41: the target %j is %s", (target, expected) => {
    expect(verdict(get(target))).toBe(expected);
  });

  test.each([
    ["http://a.test", "/"],
    ["http://a.test/", "/"],
    ["http://a.test?b=c", "/?b=c"],
    ["http://a.test//x", "//x"],
  ])("row 41: %j has the path %j", (target, path) => {
    expect(accepted(get(target)).target).toBe(path);
  });
});

describe("forms and methods", () => {
  test.each([
    "GET a.test:80",
    "GET *",
    "OPTIONS */x",
    "GET admin",
    "GET ?x",
    "POST *",
    "OPTIONS **",
  ])("row 42: %j is 400", (line) => {
    expect(verdict(`${line} HTTP/1.1\r\nHost: a.test\r\n\r\n`)).toBe("400 bad-target");
  });

  test.each(["a.test:443", "/", "http://a.test/", "*"])(
    "row 43: CONNECT %s is 405 and nothing behind it is read",
    (target) => {
      const text = `CONNECT ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n${get("/behind")}`;
      expect(verdict(text)).toBe("405 method-not-supported");
      expect(run(text).messages).toEqual([]);
    },
  );

  test.each([
    "/a%2Fb",
    "/a;b",
    "//a",
    "/%7e",
    "/?a=%00",
    "/./a",
    "/a/.",
    "/%2e/x",
    "/a%20b",
    "/a%25",
  ])("row 44: the target %j is forwarded byte for byte", (target) => {
    const message = accepted(get(target));
    expect(message.target).toBe(target);
    expect(linesOf(message.forwarded)[0]).toBe(`GET ${target} HTTP/1.1`);
  });

  test.each(["/x#y", "/#", "/?a#b", "http://a.test/#x", "http://a.test#x"])(
    "row 45: the fragment in %j is 400",
    (target) => {
      expect(verdict(get(target))).toBe("400 target-fragment");
    },
  );

  test.each(
    [
      ["/pub/../admin", "/..", "/../", "/a/..", "/a/../", "/pub/%2e%2e/admin", "/pub/.%2E/admin"],
      [
        "/pub/..%2fadmin",
        "/pub%2f..%2Fadmin",
        "/pub%5c..%5cadmin",
        "/pub/..;/admin",
        "/pub/..;x=y",
      ],
      ["/pub/%2e%2e%3bx", "/a/..?x", "http://a.test/../x", "http://a.test/%2e%2e"],
    ].flat(),
  )("row 46: the climbing segment in %j is 400", (target) => {
    expect(verdict(get(target))).toBe("400 target-dot-segment");
  });

  test.each([
    ["/pub\\..\\admin", "400 target-backslash"],
    ["/?a=\\", "400 target-backslash"],
    ["/a%00", "400 target-nul"],
    ["/a/..%00", "400 target-nul"],
  ])("row 46: %j is %s", (target, expected) => {
    expect(verdict(get(target))).toBe(expected);
  });

  test.each([
    "/api../x",
    "/..a",
    "/...",
    "/a..b",
    "/?x=/../y",
    "/a.",
    "/.a",
    "/.well-known/x",
    "/%2ea",
  ])("row 46: %j does not climb and passes unchanged", (target) => {
    expect(accepted(get(target)).target).toBe(target);
  });

  test("row 71: TRACE is 405", () => {
    expect(verdict("TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n")).toBe(
      "405 method-not-supported",
    );
  });

  test.each(["*", "http://a.test"])("row 72: OPTIONS %s is forwarded as an asterisk", (target) => {
    const message = accepted(`OPTIONS ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    expect(linesOf(message.forwarded)[0]).toBe("OPTIONS * HTTP/1.1");
  });

  test("row 72: an absolute OPTIONS with a path or a query keeps it", () => {
    const target = (text: string): string =>
      accepted(`OPTIONS ${text} HTTP/1.1\r\nHost: a.test\r\n\r\n`).target;
    expect(target("http://a.test/")).toBe("/");
    expect(target("http://a.test?x")).toBe("/?x");
  });
});
