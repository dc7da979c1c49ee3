import type { Check } from "./check.ts";
import { judgeFelt } from "./fault-effects.ts";

/** A hang that the kernel hides, in the time until nobody notices it. */
export const hangFelt: Check = {
  name: "hang-felt",
  group: "failover",
  title: "hang (SIGSTOP): felt for",
  rule: "clients stop noticing within 4 s, by errors or by waiting over 500 ms",
  run: (scene) => judgeFelt(scene, "stop"),
};
