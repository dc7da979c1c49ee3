import type { Check } from "./check.ts";
import { judgeFailures } from "./fault-effects.ts";

/** A death at once, counted in failed requests. */
export const killFailed: Check = {
  name: "kill-failed",
  group: "failover",
  title: "kill -9: GETs failed",
  rule: "no GET fails although a backend dies at once: what may be repeated is",
  run: (scene) => judgeFailures(scene, "kill"),
};
