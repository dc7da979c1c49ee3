import type { Check } from "./check.ts";
import { judgeFelt } from "./fault-effects.ts";

/** A death at once, in the time until nobody notices it. */
export const killFelt: Check = {
  name: "kill-felt",
  group: "failover",
  title: "kill -9: felt for",
  rule: "clients stop noticing within 4 s, by errors or by waiting over 500 ms",
  run: (scene) => judgeFelt(scene, "kill"),
};
