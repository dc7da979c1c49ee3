import { PassThrough } from "node:stream";
import tty from "node:tty";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Progress } from "../engine/messages.ts";
import type { Glimpse } from "../observation/glimpse.ts";
import { renderBlock, renderProgress } from "./live-block.ts";
import { createLiveView } from "./live-view.ts";
import { plain } from "./paint.ts";
import { RateMeter } from "./rate-meter.ts";
import { widthOf } from "./text-width.ts";

beforeEach(() => void vi.stubEnv("TERM", "xterm"));
afterEach(() => void vi.unstubAllEnvs());

/** `seconds` into a run of 100 requests/s that two backends share three to one. */
function progressAt(seconds: number, overrides: Partial<Glimpse> = {}): Progress {
  const glimpse: Glimpse = {
    offered: seconds * 100,
    achieved: seconds * 96,
    failed: 4,
    dropped: 0,
    inFlight: 7,
    backends: new Map([
      ["b", seconds * 24],
      ["a", seconds * 72],
    ]),
    p50Us: 1240,
    p99Us: 12_300,
    ...overrides,
  };
  const phase = "measuring";
  const completed = seconds * 96;
  return {
    phase,
    completed,
    requests: undefined,
    elapsedMs: seconds * 1000,
    durationMs: 20_000,
    glimpse,
  };
}

interface Screen {
  readonly stream: NodeJS.WriteStream;
  /** What a terminal shows after everything that was written. */
  readonly lines: () => string[];
  readonly written: () => string;
}

function screen(facts: { isTTY: boolean; columns?: number }): Screen {
  let text = "";
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  // Who asks a stream for its colours asks NO_COLOR.
  const getColorDepth = (): number => tty.WriteStream.prototype.getColorDepth.call(stream);
  Object.assign(stream, facts, { getColorDepth });
  return { stream, lines: () => shownBy(text), written: () => text };
}

/** A terminal that knows what the view uses: up, carriage return, erase below, newline. */
function shownBy(text: string): string[] {
  let lines = [""];
  let row = 0;
  for (const [token, up] of text.matchAll(
    /\u001B\[(\d+)A|\r|\u001B\[J|\u001B\[\d*m|\n|[^\u001B\r\n]+/g,
  )) {
    if (up !== undefined) row -= Number(up);
    else if (token === "\u001B[J") lines = lines.slice(0, row);
    else if (token === "\n") row += 1;
    else if (!token.startsWith("\u001B") && token !== "\r") lines[row] = token;
    if (row < 0) throw new Error("above the block");
  }
  return lines.filter((line) => line !== undefined && line !== "");
}

test("shows time, rates, latency, failures and shares of the last second", () => {
  const meter = new RateMeter();
  meter.measure(progressAt(9));
  const progress = progressAt(10, { offered: 950, achieved: 900 });
  expect(renderBlock(progress, meter.measure(progress), { columns: 100, paint: plain })).toEqual([
    "measuring [████████████░░░░░░░░░░░░]  50 %  960 requests, 10.00 s of 20.00 s",
    "rate     offered 50/s, achieved 36/s, in flight 7",
    "latency  p50 1.24 ms, p99 12.3 ms in the last second",
    "failed   4 (0.4 %)",
    "a              ███████████████░░░░░  75.0 %",
    "b              █████░░░░░░░░░░░░░░░  25.0 %",
  ]);
});

test("counts that begin anew, after a warm-up or with the next run, are no negative rates", () => {
  const meter = new RateMeter();
  for (const seconds of [1, 2, 3]) meter.measure(progressAt(seconds));
  expect(meter.measure(progressAt(0.5))?.offered).toBe(100);
});

test("takes a terminal that says it has no columns for one of the usual width", () => {
  const { stream, lines } = screen({ isTTY: true, columns: 0 });
  createLiveView(stream, true).show(progressAt(1));
  expect(lines()[0]).toContain("1.00 s of 20.00 s");
});

test("is redrawn in place, and leaves nothing behind", () => {
  const { stream, lines } = screen({ isTTY: true, columns: 80 });
  const view = createLiveView(stream, true);
  for (const seconds of [1, 2, 3]) view.show(progressAt(seconds));
  expect(lines().length).toBe(6);
  expect(lines()[0]).toContain("3.00 s of 20.00 s");
  view.clear();
  expect(lines()).toEqual([]);
});

test("no line is as wide as the terminal, however narrow and whatever a backend is called", () => {
  const { stream, lines } = screen({ isTTY: true, columns: 32 });
  const backends = new Map([["\u001B[2Ja-very-long-name-of-a-backend", 96]]);
  createLiveView(stream, true).show(progressAt(1, { backends, dropped: 1_000_000 }));
  for (const line of lines()) expect(widthOf(line)).toBeLessThan(32);
  expect(lines().join("")).not.toContain("\u001B[2J");
});

test("of many backends it shows some, and says how many more there are", () => {
  const backends = new Map(Array.from({ length: 50 }, (_, n) => [`s${n}`, 2]));
  const meter = new RateMeter();
  const progress = progressAt(1, { backends });
  const lines = renderBlock(progress, meter.measure(progress), { columns: 80, paint: plain });
  expect(lines.length).toBe(11);
  expect(lines.at(-1)).toBe("… and 44 more backends");
});

test.each([
  ["no terminal", { isTTY: false }, "xterm"],
  ["a terminal that cannot redraw", { isTTY: true, columns: 80 }, "dumb"],
])("with %s it is a plain line every five seconds", (_, facts, term) => {
  vi.stubEnv("TERM", term);
  const { stream, written } = screen(facts);
  const view = createLiveView(stream, true);
  for (let quarter = 1; quarter <= 44; quarter++) view.show(progressAt(quarter / 4));
  view.clear();
  expect(written()).toBe(
    [5, 10]
      .map(
        (at) =>
          `measuring ${at}.00 s of 20.00 s, offered 100/s, achieved 96/s, in flight 7, p50 1.24 ms, ` +
          `p99 12.3 ms, failed 4 (${at === 5 ? "0.8" : "0.4"} %)\n`,
      )
      .join(""),
  );
});

test("shows nothing where it is not wanted", () => {
  const { stream, written } = screen({ isTTY: true, columns: 80 });
  const view = createLiveView(stream, false);
  for (const seconds of [1, 6, 12]) view.show(progressAt(seconds));
  view.clear();
  expect(written()).toBe("");
});

test("has no colour where NO_COLOR asks for none", () => {
  vi.stubEnv("NO_COLOR", "1");
  vi.stubEnv("FORCE_COLOR", undefined);
  const { stream, written } = screen({ isTTY: true, columns: 80 });
  createLiveView(stream, true).show(progressAt(1));
  expect(written()).not.toMatch(/\u001B\[\d+m/);
});

test("shows how far the nearer of the two limits is", () => {
  const progress = { phase: "measuring", completed: 250, requests: 1000 } as const;
  expect(renderProgress({ ...progress, elapsedMs: 500, durationMs: 1000 })).toBe(
    "measuring [████████████░░░░░░░░░░░░]  50 %  250 of 1,000 requests, 0.50 s of 1.00 s",
  );
});
