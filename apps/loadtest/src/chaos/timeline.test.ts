import { seededRandom } from "@evenkeel/oracles";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LoadtestError } from "../errors.ts";
import {
  calmEndMs,
  endOfTimeline,
  formatEvent,
  parseTimeline,
  randomTimeline,
} from "./timeline.ts";

function read(text: string, backends = 5): string[] {
  return parseTimeline(text, backends).map(formatEvent);
}

test("reads faults in any order, for one backend, several, or as many as the fault hits", () => {
  expect(
    read("t=20s: storm-500 2 for 5s; t=5s: kill 1 for 10s;t=40s: half for 1m; t=2m: stop 5,3,3"),
  ).toEqual([
    "t=5s: kill 1 for 10s",
    "t=20s: storm-500 2 for 5s",
    "t=40s: half 1,2 for 1m",
    "t=2m: stop 3,5",
  ]);
});

test("two faults may be on at a time, on different backends", () => {
  expect(read("t=5s: kill 1 for 10s; t=7s: kill 2 for 1s; t=15s: slow 1")).toHaveLength(3);
});

test.each([
  ["", /the timeline is empty/],
  ["kill 1", /"kill 1" is not like "t=5s: kill 1 for 10s"/],
  ["t=5s: kil 1", /no fault "kil"; did you mean kill\?/],
  ["t=5: kill 1", /"t=5: kill 1": 5 has no unit/],
  ["t=5s: kill 1 for ever", /"ever" is not a duration/],
  ["t=5s: kill 6", /no backend 6; they count from 1 to 5/],
  ["t=5s: kill 0", /no backend 0; /],
  ["t=5s: kill 1; t=9s: stop 1 for 1s", /"t=9s: stop 1 for 1s" begins before "t=5s: kill 1"/],
  ["t=5s: half for 9s; t=6s: slow 2 for 1s", /begins before "t=5s: half 1,2 for 9s" is over/],
])("refuses %j", (text, message) => {
  expect(() => read(text)).toThrow(LoadtestError);
  expect(() => read(text)).toThrow(message);
});

test("a drawn timeline repeats with its seed, reads back, and always leaves time at the end", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 20_000, max: 300_000 }),
      (seed, backends, durationMs) => {
        const draw = () => randomTimeline({ durationMs, backends, random: seededRandom(seed) });
        const events = draw();
        expect(draw()).toEqual(events);
        expect(events.length).toBeGreaterThan(0);
        expect(read(events.map(formatEvent).join("; "), backends)).toEqual(events.map(formatEvent));
        expect(endOfTimeline(events)).toBeLessThanOrEqual(durationMs - calmEndMs);
        // One at a time, so that there is always somebody to serve.
        for (const [index, { atMs, victims }] of events.entries()) {
          expect(victims).toHaveLength(1);
          expect(atMs).toBeGreaterThan(endOfTimeline(events.slice(0, index)));
        }
      },
    ),
  );
});
