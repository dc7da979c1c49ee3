import { weights } from "../scene/scene.ts";
import type { Check } from "./check.ts";
import { judgeShares } from "./shares.ts";

/** Round robin with weights. */
export const weightedShares: Check = {
  name: "weighted-shares",
  group: "shares",
  title: `weights ${weights.join(":")}: worst share`,
  rule: "every backend gets what its weight promises within ±5 %, and no request fails",
  run: (scene) => judgeShares(scene, "weighted"),
};
