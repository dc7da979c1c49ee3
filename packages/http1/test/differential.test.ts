import { describe, expect, test } from "vitest";
import { emptyTally, fuzzOnce, judge, laxerThanLlhttp } from "./differential.ts";
import { runLlhttp } from "./llhttp.ts";
import { octets } from "./latin1.ts";
import { seededRandom } from "./pieces.ts";
import { chunked, get, requestWith } from "./shorthand.ts";

/** More with EVENKEEL_FUZZ_RUNS; millions with `node test/fuzz.ts --runs 1000000 --seed 1`. */
const runs = Number(process.env["EVENKEEL_FUZZ_RUNS"] ?? 10_000);

function judged(text: string): string | null {
  return judge(text, seededRandom(1), emptyTally());
}

describe("beside llhttp", () => {
  test("nothing is accepted that llhttp refuses, and what both accept both read alike", () => {
    const tally = emptyTally();
    const findings = [];
    for (let seed = 1; seed <= runs; seed++) {
      const finding = fuzzOnce(seed, tally);
      if (finding !== null) findings.push(finding);
    }
    expect(findings).toEqual([]);
    expect(tally.runs).toBe(runs);
    // A generator that stops making sound requests would pass everything above.
    expect(tally.compared).toBeGreaterThan(runs * 0.3);
    expect(tally.refusedByBoth).toBeGreaterThan(runs * 0.3);
    expect([...tally.onlyWe.keys()].toSorted()).toEqual(Object.keys(laxerThanLlhttp).toSorted());
  }, 120_000);

  test("llhttp reads what it should, so that the comparison means something", () => {
    const text = chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n") + get("/next");
    expect(runLlhttp(octets(text))).toEqual({
      messages: [
        {
          method: "POST",
          url: "/p",
          minor: 1,
          fields: [
            ["Host", "a.test"],
            ["Transfer-Encoding", "chunked"],
          ],
          body: "hello",
          isComplete: true,
        },
        {
          method: "GET",
          url: "/next",
          minor: 1,
          fields: [["Host", "a.test"]],
          body: "",
          isComplete: true,
        },
      ],
      error: null,
      isUpgraded: false,
    });
    const both = requestWith("Content-Length: 5", "Transfer-Encoding: chunked");
    expect(runLlhttp(octets(both)).error).toMatch(/^HPE_/);
  });

  test.each([
    ["a plain request", get("/a?b")],
    [
      "many fields",
      requestWith(...Array.from({ length: 99 }, (_, index) => `X-${index}: ${index}`)),
    ],
    ["an absolute target", get("http://a.test?b=c")],
    ["a method llhttp does not know", get("/").replace("GET", "FOO")],
    ["a chunk extension after a blank", chunked("5; a\r\nhello\r\n0\r\n\r\n")],
    ["a cut chunk extension after a blank", chunked("5; a\r\nhello\r\n0\r\n")],
    ["a Content-Length in a trailer", chunked("0\r\nContent-Length: 5\r\n\r\n")],
    ["a Transfer-Encoding in a trailer", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")],
    ["a request behind an upgrade", requestWith("Connection: upgrade", "Upgrade: x") + get("/")],
    ["a request behind a close", requestWith("Connection: close") + get("/")],
    ["a fault that is not whole yet", "GET / HTTP/1.1\r\nHost : a"],
  ])("%s is no finding", (_, text) => {
    expect(judged(text)).toBeNull();
  });
});
