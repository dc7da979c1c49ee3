import { expect, test } from "vitest";
import { faultKinds, faultNamed } from "./registry.ts";
import type { BackendFault, Victim } from "./victim.ts";

/** Writes down what is done to it. */
class RecordingVictim implements Victim {
  readonly name = "a";
  readonly log: string[] = [];

  async signal(signal: NodeJS.Signals): Promise<void> {
    this.log.push(signal);
  }

  async restart(): Promise<void> {
    this.log.push("restart");
  }

  async setFaults(faults: readonly BackendFault[]): Promise<void> {
    this.log.push(JSON.stringify(faults));
  }
}

test.each([
  ["kill", ["SIGKILL", "restart"]],
  ["term", ["SIGTERM", "restart"]],
  ["stop", ["SIGSTOP", "SIGCONT"]],
  ["refuse", ['[{"fault":"refuse"}]', "[]"]],
  ["blackhole", ['[{"fault":"blackhole"}]', "[]"]],
  ["reset-before-head", ['[{"fault":"reset"}]', "[]"]],
  ["reset-mid-body", ['[{"fault":"reset","after":"10B"}]', "[]"]],
  ["storm-500", ['[{"fault":"status","code":500}]', "[]"]],
  ["storm-503", ['[{"fault":"status","code":503,"retryAfter":"1s"}]', "[]"]],
  ["slow", ['[{"fault":"slow","factor":10,"base":"5ms"}]', "[]"]],
  ["half", ["SIGKILL", "restart"]],
  ["all", ["SIGKILL", "restart"]],
])("%s breaks its victim and makes it well again", async (name, expected) => {
  const victim = new RecordingVictim();
  const recover = await faultNamed(name).strike(victim);
  expect(victim.log).toEqual(expected.slice(0, 1));
  await recover();
  expect(victim.log).toEqual(expected);
});

test.each([
  ["kill", 5, 1],
  ["half", 5, 2],
  ["half", 1, 1],
  ["all", 5, 5],
])("%s of %i hits %i", (name, backends, victims) => {
  expect(faultNamed(name).victims(backends)).toBe(victims);
});

test("every fault has a name of its own, a meaning, and promises that can be read", async () => {
  const { parseThreshold } = await import("../judge/thresholds.ts");
  expect(new Set(faultKinds.map(({ name }) => name)).size).toBe(faultKinds.length);
  for (const kind of faultKinds) {
    expect(kind.meaning).not.toBe("");
    for (const retries of [true, false]) {
      for (const detects of [true, false]) {
        const promises = kind.promises({ retries, detects });
        expect(promises).toContain("doubled==0");
        for (const promise of promises) parseThreshold(promise);
      }
    }
  }
});

test("an unknown fault is an error that names the nearest", () => {
  expect(() => faultNamed("storm-50")).toThrow(/no fault "storm-50"; did you mean storm-500\?/);
});
