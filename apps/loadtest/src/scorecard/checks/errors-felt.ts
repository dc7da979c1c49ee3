import type { Check } from "./check.ts";
import { judgeFelt } from "./fault-effects.ts";

/** A backend that answers, and always wrongly. */
export const errorsFelt: Check = {
  name: "errors-felt",
  group: "failover",
  title: "500s: felt for",
  rule: "clients stop seeing the 500s of one backend within 4 s",
  run: (scene) => judgeFelt(scene, "storm-500"),
};
