import { describe, expect, test } from "vitest";
import { accepted, get, linesNamed, linesOf, requestWith, run } from "./shorthand.ts";

const claims = [
  ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port"],
  ["X-Forwarded-Server", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Prefix"],
  ["X-Forwarded-Scheme", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info"],
  ["X-Forwarded-Tls-Client-Anything", "X-Forwarded-Client-Cert", "X-Forwarded-User"],
  ["X-Scheme", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP"],
  ["X-Original-URL", "X-Rewrite-URL"],
].flat();
const trusted = { isPeerTrusted: true } as const;

describe("an untrusted peer", () => {
  test.each(claims)("row 92: %s is dropped, in any case and under any alias", (name) => {
    const aliases = [
      name,
      name.toUpperCase(),
      name.toLowerCase(),
      name.replaceAll("-", "_"),
      name.replaceAll("-", "."),
      name.replace("-", "_"),
    ];
    const lines = aliases.map((alias) => `${alias}: evil`);
    const { forwarded } = accepted(requestWith("A: 1", ...lines, "B: 2"));
    expect(forwarded).not.toContain("evil");
    expect(linesOf(forwarded).slice(2, 4)).toEqual(["A: 1", "B: 2"]);
  });

  test.each(["X-Forwarded", "X-Forwarded-", "X-Forwardedfor", "XX-Forwarded-For", "X-Real-IPs"])(
    "row 92: %s is nobody's claim and passes",
    (name) => {
      const { forwarded } = accepted(requestWith(`${name}: 1`));
      expect(linesNamed(forwarded, name)).toEqual([`${name}: 1`]);
    },
  );

  test("every request of a connection carries the host that it names itself", () => {
    const hosts = ["a.test", "a.test", "b.test", "a.test:80", "a.test"];
    const { messages } = run(hosts.map((host) => get("/", host)).join(""));
    expect(messages.map(({ forwarded }) => linesNamed(forwarded, "X-Forwarded-Host"))).toEqual(
      hosts.map((host) => [`X-Forwarded-Host: ${host}`]),
    );
  });

  test("a Via in one request is not in the next", () => {
    const first = `GET / HTTP/1.1\r\nHost: a.test\r\nVia: 1.0 theirs\r\n\r\n`;
    const { messages } = run(get("/") + first + get("/"));
    const paths = messages.map(({ forwarded }) => linesNamed(forwarded, "Via"));
    expect(paths).toEqual([["Via: 1.1 lb"], ["Via: 1.0 theirs, 1.1 lb"], ["Via: 1.1 lb"]]);
  });

  test("row 94: exactly one X-Forwarded-For goes out, and it is ours", () => {
    const lines = ["X-Forwarded-For: 1.1.1.1", "x-forwarded-for: 2.2.2.2"];
    const { forwarded } = accepted(requestWith(...lines));
    expect(linesNamed(forwarded, "x-forwarded-for")).toEqual(["X-Forwarded-For: 192.0.2.1"]);
    expect(linesNamed(forwarded, "x-forwarded-proto")).toEqual(["X-Forwarded-Proto: http"]);
    expect(linesNamed(forwarded, "x-forwarded-host")).toEqual(["X-Forwarded-Host: a.test"]);
  });

  test("row 98: X-Request-Id is always the one the caller chose", () => {
    const lines = ["X-Request-Id: theirs", "x-request-id: again", "X_Request_Id: alias"];
    const { forwarded } = accepted(requestWith(...lines));
    expect(linesNamed(forwarded, "x-request-id")).toEqual(["X-Request-Id: id-1"]);
    expect(forwarded).not.toMatch(/theirs|again|alias/);
  });
});

describe("a trusted peer", () => {
  test("row 93: the client's address is appended to what the peer says", () => {
    const { forwarded } = accepted(requestWith("X-Forwarded-For: 1.1.1.1"), trusted);
    expect(linesNamed(forwarded, "x-forwarded-for")).toEqual([
      "X-Forwarded-For: 1.1.1.1, 192.0.2.1",
    ]);
  });

  test("row 93: its other claims are kept and ours stay away", () => {
    const lines = [
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: b",
      "X-Real-IP: 1.1.1.1",
      "Forwarded: for=1.1.1.1",
    ];
    const { forwarded } = accepted(requestWith(...lines), trusted);
    for (const line of lines) {
      expect(linesNamed(forwarded, line.slice(0, line.indexOf(":")))).toEqual([line]);
    }
  });

  test("row 93: what it does not claim is ours to say", () => {
    const { forwarded } = accepted(requestWith(), trusted);
    expect(linesNamed(forwarded, "x-forwarded-proto")).toEqual(["X-Forwarded-Proto: http"]);
    expect(linesNamed(forwarded, "x-forwarded-host")).toEqual(["X-Forwarded-Host: a.test"]);
  });

  test("row 94: several X-Forwarded-For lines become one, in order", () => {
    const lines = [
      "X-Forwarded-For: 1.1.1.1, 2.2.2.2",
      "x-forwarded-for:",
      "X-FORWARDED-FOR: 3.3.3.3",
    ];
    const { forwarded } = accepted(requestWith(...lines), trusted);
    expect(linesNamed(forwarded, "x-forwarded-for")).toEqual([
      "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 192.0.2.1",
    ]);
  });

  test("row 92: even its aliases with an underscore are dropped", () => {
    const { forwarded } = accepted(
      requestWith("X_Forwarded_For: evil", "X.Real.IP: evil"),
      trusted,
    );
    expect(forwarded).not.toContain("evil");
  });
});
