import { expect, test } from "vitest";
import { simulatedBackend } from "./simulated-backend.ts";
import { Speed } from "./speed.ts";

test("work takes as long as the speed says", () => {
  expect(new Speed(simulatedBackend({ speed: 0.5 }), 0, 1).endOf(100, 10)).toBe(120);
});

test("work under way slows down when a slow stretch begins, and hurries again at its end", () => {
  const backend = simulatedBackend({ speedSpans: [{ fromMs: 10, toMs: 20, speed: 0.5 }] });
  const speed = new Speed(backend, 0, 1);
  expect(speed.endOf(0, 10)).toBe(10);
  expect(speed.endOf(5, 8)).toBe(16);
  expect(speed.endOf(5, 12)).toBe(22);
  expect(speed.endOf(30, 5)).toBe(35);
});

test("a backend that stands still for ever never ends its work", () => {
  const speedSpans = [{ fromMs: 10, toMs: Infinity, speed: 0 }];
  expect(new Speed(simulatedBackend({ speedSpans }), 0, 1).endOf(5, 6)).toBe(Infinity);
});

test("an antagonist takes its share of the capacity: a fifth of the time at a third of the speed", () => {
  const antagonist = { speed: 1 / 3, onMs: 2_000, offMs: 8_000 };
  const shares = Array.from({ length: 40 }, (_, index) => {
    const speed = new Speed(simulatedBackend({ antagonist }), index, 1);
    return 1_000_000 / speed.endOf(0, 1_000_000);
  });
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  expect(mean).toBeCloseTo(0.8 + 0.2 / 3, 2);
});

test("each backend has its own antagonist, and the same one in every run", () => {
  const antagonist = { speed: 0.5, onMs: 100, offMs: 100 };
  const endOf = (index: number, seed: number): number =>
    new Speed(simulatedBackend({ antagonist }), index, seed).endOf(0, 1_000);
  expect(endOf(0, 1)).toBe(endOf(0, 1));
  expect(endOf(1, 1)).not.toBe(endOf(0, 1));
  expect(endOf(0, 2)).not.toBe(endOf(0, 1));
});
