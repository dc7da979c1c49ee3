import { expect, test } from "vitest";
import { hunt } from "./mixups/campaign.ts";

/** A short run of what `mixups.ts` does at length. */
test.for([false, true])(
  "no response is mixed up among misbehaving backends, connections.pipelining %s",
  { timeout: 30_000 },
  async (pipelining) => {
    const { tally, backends } = await hunt({
      requests: 3_000,
      seed: 1,
      workers: 0,
      pipelining,
      stallPhase: "timers",
      onProgress: () => {},
    });
    expect(tally.violations).toEqual([]);
    expect(tally.asked).toBe(3_000);
    expect(tally.outcomes.get("200 of a backend")).toBeGreaterThan(2_000);
    expect(backends.misbehaving).toBeGreaterThan(20);
  },
);
