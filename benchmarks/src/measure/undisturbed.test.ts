import { expect, test } from "vitest";
import { undisturbed } from "./undisturbed.ts";

/** A request every millisecond; its latency tells which one it is. */
const everyMs = Array.from({ length: 100 }, (_, index) => index);
const answers = { dueAtMs: everyMs.map((ms) => ms + 0.5), latenciesMs: everyMs };

test("without a stall everything counts", () => {
  expect(undisturbed(answers, answers, [], 100)).toEqual({
    direct: answers,
    through: answers,
    share: 1,
  });
});

test("requests in a stall, shortly before and for twice as long after it are left out on both ways", () => {
  const stall = { of: "proxy", fromMs: 20, toMs: 25 } as const;
  const { direct, through, share } = undisturbed(answers, answers, [stall], 100);
  // 2 ms before, 2 x 5 ms and 2 ms after.
  const counted = everyMs.filter((ms) => ms < 18 || ms >= 37);
  expect(through.latenciesMs).toEqual(counted);
  expect(direct).toEqual(through);
  expect(share).toBeCloseTo(0.81, 1);
});

test("stalls may overlap and reach beyond the counted time", () => {
  const stalls = [
    { of: "load", fromMs: -10, toMs: 5 },
    { of: "proxy", fromMs: 30, toMs: 32 },
    { of: "load", fromMs: 31, toMs: 33 },
    { of: "proxy", fromMs: 98, toMs: 104 },
  ] as const;
  const { through } = undisturbed(answers, answers, stalls, 100);
  expect(through.latenciesMs).toEqual(everyMs.filter((ms) => ms >= 39 && ms < 96));
});
