import { describe, expect, test } from "vitest";
import { type Violation, violationDetail, violationStatus } from "../src/violation.ts";
import { accepted, linesNamed, requestWith, verdict } from "./shorthand.ts";

describe("Via and Max-Forwards", () => {
  test.each([
    [[], "Via: 1.1 lb"],
    [["Via: 1.0 x"], "Via: 1.0 x, 1.1 lb"],
    [["Via: 1.0 x", "via: 1.1 y (c, d)"], "Via: 1.0 x, 1.1 y (c, d), 1.1 lb"],
    [["Via:"], "Via: 1.1 lb"],
  ])("row 69: after %j the backend sees %j", (lines, via) => {
    expect(linesNamed(accepted(requestWith(...lines)).forwarded, "via")).toEqual([via]);
  });

  const options = (...lines: readonly string[]): string =>
    requestWith(...lines).replace("POST", "OPTIONS");

  test.each([
    ["5", 5, ["Max-Forwards: 4"]],
    ["1", 1, ["Max-Forwards: 0"]],
    ["007", 7, ["Max-Forwards: 6"]],
    ["abc", -1, ["Max-Forwards: abc"]],
    ["-1", -1, ["Max-Forwards: -1"]],
    ["1e3", -1, ["Max-Forwards: 1e3"]],
  ])("row 70: Max-Forwards %j on OPTIONS is read as %i and sent as %j", (value, read, sent) => {
    const message = accepted(options(`Max-Forwards: ${value}`));
    expect(message.maxForwards).toBe(read);
    expect(linesNamed(message.forwarded, "max-forwards")).toEqual(sent);
  });

  test("row 70: Max-Forwards 0 is reported, so that the proxy answers itself", () => {
    expect(accepted(options("Max-Forwards: 0")).maxForwards).toBe(0);
  });

  test("row 70: Max-Forwards is never generated, and means nothing on other methods", () => {
    expect(linesNamed(accepted(options()).forwarded, "max-forwards")).toEqual([]);
    const message = accepted(requestWith("Max-Forwards: 0"));
    expect(message.maxForwards).toBe(-1);
    expect(linesNamed(message.forwarded, "max-forwards")).toEqual(["Max-Forwards: 0"]);
  });
});

describe("conditions and expectations", () => {
  test("row 76: conditional and range fields are forwarded untouched", () => {
    const lines = [
      'If-None-Match: W/"a", "b"',
      "If-Match: *",
      "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
      'If-Range: "a"',
      "Range: bytes=0-",
    ];
    const { forwarded } = accepted(requestWith(...lines));
    for (const line of lines) expect(forwarded).toContain(`\r\n${line}\r\n`);
  });

  test.each(["100-continue", "100-Continue"])(
    "row 77: Expect: %s goes on with the head",
    (value) => {
      const head = requestWith(`Expect: ${value}`, "Content-Length: 5");
      const message = accepted(head);
      expect(message).toMatchObject({ expectsContinue: true, isComplete: false });
      expect(linesNamed(message.forwarded, "expect")).toEqual([`Expect: ${value}`]);
    },
  );

  test.each([[[]], [["Content-Length: 0"]]])(
    "row 77: without a body to wait for, framed as %j, nothing is expected",
    (lines) => {
      const message = accepted(requestWith("Expect: 100-continue", ...lines));
      expect(message.expectsContinue).toBe(false);
      expect(linesNamed(message.forwarded, "expect")).toEqual([]);
    },
  );

  test.each([
    [["Expect: 200-ok"]],
    [["Expect: 100-continue x"]],
    [["Expect: x 100-continue"]],
    [["Expect: 100-continue, x"]],
    [["Expect: 100-continue=1"]],
    [["Expect:"]],
    [["Expect: 100-continue", "Expect: 200-ok"]],
    [["Expect: 100-continue", "expect: 100-continue"]],
    [["Expect: 100-continue", "Expect:"]],
  ])("row 78: %j is 417", (lines) => {
    expect(verdict(requestWith("Content-Length: 5", ...lines))).toBe("417 unknown-expectation");
  });

  test("row 78: a folded Expect is 400", () => {
    expect(verdict(requestWith("Expect:", " 100-continue"))).toBe("400 obs-fold");
  });

  test("row 78: what an HTTP/1.0 client expects is ignored and not forwarded", () => {
    const head = "POST / HTTP/1.0\r\nExpect: x\r\nContent-Length: 1\r\n\r\n1";
    const message = accepted(head);
    expect(message).toMatchObject({ expectsContinue: false, body: "1" });
    expect(linesNamed(message.forwarded, "expect")).toEqual([]);
  });
});

describe("refusals", () => {
  test.each<[Violation, number]>([
    ["bad-request-line", 400],
    ["length-and-chunked", 400],
    ["method-not-supported", 405],
    ["target-too-long", 414],
    ["unknown-expectation", 417],
    ["too-many-fields", 431],
    ["head-too-large", 431],
    ["trailers-too-large", 431],
    ["unsupported-transfer-encoding", 501],
    ["method-too-long", 501],
    ["bad-version", 505],
  ])("row 87: %s is %i", (violation, status) => {
    expect(violationStatus(violation)).toBe(status);
  });

  test("row 88: what a client is told is one plain sentence without its own bytes", () => {
    const detail = violationDetail("bad-host");
    expect(detail).toMatch(/^[A-Za-z0-9 .,-]+$/);
    expect(detail).not.toContain("evil");
  });
});
