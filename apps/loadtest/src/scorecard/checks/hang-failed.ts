import type { Check } from "./check.ts";
import { judgeFailures } from "./fault-effects.ts";

/** A hang that the kernel hides, counted in failed requests. */
export const hangFailed: Check = {
  name: "hang-failed",
  group: "failover",
  title: "hang (SIGSTOP): GETs failed",
  rule: "no GET fails although a backend accepts and never answers",
  run: (scene) => judgeFailures(scene, "stop"),
};
