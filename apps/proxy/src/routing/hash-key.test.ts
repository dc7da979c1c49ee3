import type { HashKey } from "@evenkeel/core";
import { type RequestForwarding, RequestParser, defaultHeadLimits } from "@evenkeel/http1";
import { describe, expect, test } from "vitest";
import { readHashKey } from "./hash-key.ts";

const peer = "192.0.2.1";

interface Asked {
  readonly target?: string;
  readonly fields?: readonly string[];
  /** Addresses of trusted proxies; the peer is one when it is among them. */
  readonly trusted?: readonly string[];
}

function keyOf(key: HashKey, { target = "/", fields = [], trusted = [] }: Asked): string {
  const lines = ["GET " + target + " HTTP/1.1", "Host: a.test", ...fields, "", ""];
  const parser = new RequestParser(defaultHeadLimits, (bytes, start, end) =>
    Buffer.from(bytes.subarray(start, end)).toString("latin1"),
  );
  const bytes = Buffer.from(lines.join("\r\n"), "latin1");
  parser.feed(bytes, 0, bytes.length);
  expect(parser.violation).toBeNull();
  const forwarding: RequestForwarding = {
    clientAddress: peer,
    proto: "http",
    isPeerTrusted: trusted.includes(peer),
    via: "",
    localAuthority: "",
    requestId: "",
    ownLines: null,
  };
  return readHashKey(key, parser, forwarding, (address) => trusted.includes(address));
}

describe("a header", () => {
  const header = (name: string, ...fields: string[]): string =>
    keyOf({ from: "header", name }, { fields });

  test("is its value, whatever the case of its name", () => {
    expect(header("x-user", "X-USER:  ann  ")).toBe("ann");
    expect(header("x-user", "x-other: ann")).toBe("");
    expect(header("x-user", "x-users: ann")).toBe("");
  });

  test("on several lines is one value, in the order in which they came", () => {
    expect(header("x-user", "x-user: ann", "x-other: 1", "X-User: bob")).toBe("ann, bob");
    expect(header("x-user", "x-user:", "x-user: bob")).toBe(", bob");
  });

  test("is never mistaken for one whose name differs in a bit", () => {
    // "^" and "~" are 0x20 apart, as letters of two cases are.
    expect(header("x~", "x^: ann")).toBe("");
    expect(header("x~", "x~: ann")).toBe("ann");
  });

  test("keeps bytes outside ASCII", () => {
    expect(header("x-user", "x-user: \xe4")).toBe("\xe4");
  });
});

describe("a cookie", () => {
  const cookie = (...fields: string[]): string =>
    keyOf({ from: "cookie", name: "sid" }, { fields });

  test.each([
    ["Cookie: sid=ann", "ann"],
    ["cookie: a=1; sid=ann; b=2", "ann"],
    ["Cookie: a=1;sid=ann", "ann"],
    ["Cookie: sid=ann; sid=bob", "ann"],
    ["Cookie: sid=a=b", "a=b"],
    ['Cookie: sid="ann"', '"ann"'],
    ["Cookie: sid=ann ; a=1", "ann"],
    ["Cookie: sid", ""],
    ["Cookie: sid=", ""],
    ["Cookie: ; ;;sid=ann", "ann"],
    ["Cookie: xsid=ann", ""],
    ["Cookie: sidx=ann", ""],
    ["Cookie: SID=ann", ""],
    ["Cookie: sid =ann", ""],
    ["Cookie: a=sid=ann", ""],
    ['Cookie: a="sid=ann"', ""],
    ["Set-Cookie: sid=ann", ""],
    ["Cookie: a=1\r\nX-Other: ;sid=ann", ""],
    ["Cookie:", ""],
  ])("in %j is %j", (field, value) => {
    expect(cookie(field)).toBe(value);
  });

  test("may stand on any of several lines", () => {
    expect(cookie("Cookie: a=1", "Cookie: sid=ann")).toBe("ann");
  });
});

describe("a query parameter", () => {
  test.each([
    ["/?user=ann", "ann"],
    ["/p?a=1&user=ann&b=2", "ann"],
    ["/?user=ann&user=bob", "ann"],
    ["/?user=%61nn+x", "%61nn+x"],
    ["/?user=a=b", "a=b"],
    ["/?user=a?user=b", "a?user=b"],
    ["/?user", ""],
    ["/?user=", ""],
    ["/?xuser=ann", ""],
    ["/?users=ann", ""],
    ["/?%75ser=ann", ""],
    ["/?a=user=ann", ""],
    ["/user=ann", ""],
    ["/?", ""],
    ["/?&&user=ann", "ann"],
    ["/?a=1&", ""],
  ])("in %j is %j", (target, value) => {
    expect(keyOf({ from: "query", name: "user" }, { target })).toBe(value);
  });
});

test.each([
  ["/a/b?c=d", "/a/b"],
  ["/a%2Fb", "/a%2Fb"],
  ["/?", "/"],
  ["http://a.test/x?y", "/x"],
])("the path of %j is %j", (target, path) => {
  expect(keyOf({ from: "path" }, { target })).toBe(path);
});

describe("the client's address", () => {
  const ip = (fields: readonly string[], trusted: readonly string[]): string =>
    keyOf({ from: "client-ip" }, { fields, trusted });

  test("is the peer's, whatever an untrusted one claims", () => {
    expect(ip(["X-Forwarded-For: 10.0.0.1"], [])).toBe(peer);
    expect(ip(["X-Forwarded-For: 10.0.0.1"], ["10.0.0.1"])).toBe(peer);
  });

  test("is the last one that a trusted proxy vouches for", () => {
    expect(ip(["X-Forwarded-For: 10.0.0.1"], [peer])).toBe("10.0.0.1");
    expect(ip(["X-Forwarded-For: 6.6.6.6, 10.0.0.1"], [peer])).toBe("10.0.0.1");
    expect(ip(["X-Forwarded-For: 6.6.6.6, 2001:db8::1, 10.0.0.2"], [peer, "10.0.0.2"])).toBe(
      "2001:db8::1",
    );
    expect(ip(["X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.0.0.2"], [peer, "10.0.0.2"])).toBe(
      "10.0.0.1",
    );
  });

  test("is a proxy's where the list ends, or goes on with what is no address", () => {
    expect(ip([], [peer])).toBe(peer);
    expect(ip(["X-Forwarded-For: unknown"], [peer])).toBe(peer);
    expect(ip(["X-Forwarded-For: 10.0.0.1, x, 10.0.0.2"], [peer, "10.0.0.2"])).toBe("10.0.0.2");
  });
});
