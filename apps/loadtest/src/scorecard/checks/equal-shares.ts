import type { Check } from "./check.ts";
import { judgeShares } from "./shares.ts";

/** Round robin over equal backends. */
export const equalShares: Check = {
  name: "equal-shares",
  group: "shares",
  title: "round robin: worst share",
  rule: "every backend gets its share of 1,800 requests within ±5 %, and no request fails",
  run: (scene) => judgeShares(scene, "equal"),
};
