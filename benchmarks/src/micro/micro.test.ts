import * as http1 from "@evenkeel/http1";
import { describe, expect, test } from "vitest";
import { UsageError } from "../options.ts";
import { renderText } from "../report/table.ts";
import { chunked, codecSubjects } from "./codec-subjects.ts";
import { compareRuns, compareTable } from "./compare.ts";
import { splits } from "./heads.ts";
import { microDocsPage } from "./micro-docs.ts";
import { microCommand, parseMicroOptions } from "./micro-options.ts";
import { parseMicroReport, type MicroReport } from "./micro-report.ts";
import { microTables } from "./micro-tables.ts";
import { pickSubjects } from "./pick-subjects.ts";
import { measure } from "./stopwatch.ts";
import { ATOMICS, LLHTTP, type Result } from "./subject.ts";

const result = (contender: string, ...nanoseconds: number[]): Result => {
  return { group: "heads", name: "GET", contender, bytes: 50, nanoseconds, allocatedBytes: 160.4 };
};

const report: MicroReport = {
  kind: "micro",
  command: "pnpm bench micro --rounds 3 --write-docs",
  environment: {
    date: "2026-11-20",
    cpu: "Some CPU",
    cores: 2,
    kernel: "Linux 6",
    system: "Debian",
    node: "26.10.0",
    commit: "abc1234",
    loadBefore: 0,
  },
  rounds: 3,
  notes: ["pinned to core 0"],
  results: [result("evenkeel parse", 400, 500, 410), result(LLHTTP, 800, 1000, 820)],
};

describe("the tables", () => {
  test("show cost, rates and the ratio to the control of the same round", () => {
    expect(microTables(report.results)).toEqual([
      {
        title: "heads",
        table: {
          header: ["input", "who", "ns (min–max)", "per second", "MB/s", "heap bytes", "× llhttp"],
          rows: [
            ["GET", "evenkeel parse", "410 (400–500)", "2,439,024", "122", "160", "2.00"],
            ["GET", LLHTTP, "820 (800–1,000)", "1,219,512", "61", "160", ""],
          ],
        },
      },
    ]);
  });

  test("leave out MB/s where bytes mean nothing", () => {
    const rows = [
      { ...result("round-robin", 92.04), bytes: 0 },
      { ...result(ATOMICS, 17.5), bytes: 0 },
    ];
    const [first] = microTables(rows);
    expect(first?.table.header).not.toContain("MB/s");
    expect(first?.table.rows[0]).toEqual([
      "GET",
      "round-robin",
      "92.0",
      "10,864,841",
      "160",
      "0.19",
    ]);
  });
});

describe("comparing two runs", () => {
  const steady = result(LLHTTP, 800, 810, 820);
  const before = result("evenkeel parse", 400, 410, 420);

  function verdictOf(now: Result, control: Result = steady): string | undefined {
    return compareRuns([before, steady], [now, control]).rows[0]?.verdict;
  }

  test("marks what changed by more than the noise", () => {
    expect(verdictOf(result("evenkeel parse", 300, 310, 320))).toBe("faster");
    expect(verdictOf(result("evenkeel parse", 500, 510, 520))).toBe("slower");
  });

  test("does not mark small changes, or those inside the ranges", () => {
    expect(verdictOf(result("evenkeel parse", 380, 390, 400))).toBe("");
    expect(verdictOf(result("evenkeel parse", 200, 300, 420))).toBe("");
  });

  test("does not mark what the machine did to code that did not change", () => {
    const now = result("evenkeel parse", 500, 510, 520);
    expect(verdictOf(now, result(LLHTTP, 1000, 1015, 1020))).toBe("");
    expect(
      verdictOf(result("evenkeel parse", 800, 810, 820), result(LLHTTP, 1000, 1015, 1020)),
    ).toBe("slower");
  });

  test("never judges the control, and counts what has no counterpart", () => {
    const { rows, unmatched, drift } = compareRuns(
      [steady],
      [result(LLHTTP, 400, 405, 410), before],
    );
    expect(rows.map(({ verdict }) => verdict)).toEqual([""]);
    expect([drift, unmatched]).toEqual([2, 1]);
  });

  test("shows old, new and their ratio", () => {
    const now = result("evenkeel parse", 200, 205, 210);
    expect(renderText(compareTable(compareRuns([before], [now])))).toBe(
      "input              who   group   old ns   new ns   old/new   beyond noise\n" +
        "GET     evenkeel parse   heads      410      205      2.00         faster",
    );
  });
});

describe("the options", () => {
  test("default to everything", () => {
    expect(parseMicroOptions([])).toMatchObject({ parts: ["codec", "pick"], writeDocs: false });
    expect(parseMicroOptions(["--help"])).toBe("help");
  });

  test("repeat a run by its command", () => {
    const options = parseMicroOptions(["--only", "pick", "--rounds", "5", "--write-docs"]);
    if (options === "help") throw new Error("asked for help");
    const words = microCommand(options).split(" ");
    expect(parseMicroOptions(words.slice(3))).toEqual(options);
  });

  test.each([["--only", "heads"], ["--rounds", "0"], ["--rounds", "x"], ["--fast"]])(
    "refuse %s %s",
    (...args) => {
      expect(() => parseMicroOptions(args)).toThrow(UsageError);
    },
  );
});

test("a kept run is read back, and other files are refused", () => {
  expect(parseMicroReport(JSON.stringify(report))).toEqual(report);
  for (const text of ["null", "{}", `{"kind":"micro"}`]) {
    expect(() => parseMicroReport(text)).toThrow("not a file");
  }
});

test("the page holds the command, the machine and the tables", () => {
  const page = microDocsPage(report);
  for (const part of [
    "```sh\npnpm bench micro --rounds 3 --write-docs\n```",
    "- Some CPU, 2 cores, Linux 6, Debian",
    "- pinned to core 0",
    "## heads\n\n| input | who |",
    "| GET | evenkeel parse | 410 (400–500) |",
    "undici's WebAssembly",
  ]) {
    expect(page).toContain(part);
  }
});

test("the chunked coding ends with what is left and the last chunk", () => {
  expect(chunked("abcde", 3)).toBe("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
});

test("pieces end where the head ends", () => {
  for (const { ends } of splits) expect(ends(7).at(-1)).toBe(7);
  expect(splits.map(({ ends }) => ends(7).length)).toEqual([1, 2, 7]);
});

test("every subject agrees with llhttp and can be run", async () => {
  const subjects = [
    ...(await codecSubjects([{ name: "evenkeel", codec: http1 }])),
    ...pickSubjects(),
  ];
  for (const { run } of subjects) run(2);
  const ids = subjects.map(({ group, name, contender }) => `${group}/${name}/${contender}`);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a codec that reads something else is not timed", async () => {
  class Brewing extends http1.RequestParser {
    override feed(input: Uint8Array, start: number, end: number): number {
      const taken = super.feed(input, start, end);
      this.method = "BREW";
      return taken;
    }
  }
  const broken = { ...http1, RequestParser: Brewing };
  await expect(codecSubjects([{ name: "broken", codec: broken }])).rejects.toThrow("BREW");
});

test("a subject has one time for each round", () => {
  let operations = 0;
  const run = (count: number): void => {
    for (let index = 0; index < count; index += 1) operations += Math.sqrt(index) > 0 ? 1 : 0;
  };
  const subject = { group: "g", name: "n", contender: "c", bytes: 0, run };
  const [only] = measure([subject], 2, () => undefined);
  expect(only).toMatchObject({ group: "g", name: "n", contender: "c", bytes: 0 });
  expect(only?.nanoseconds).toHaveLength(2);
  expect(operations).toBeGreaterThan(0);
});
