import { homogeneous } from "./a-homogeneous.ts";
import { agreementEqual, agreementUnequal } from "./agreement.ts";
import { twoSpeeds } from "./b-two-speeds.ts";
import { antagonists } from "./c-antagonists.ts";
import { loadRamp } from "./c-load-ramp.ts";
import { linkerd } from "./d-linkerd.ts";
import { magnet } from "./e-magnet.ts";
import { manyBalancers } from "./f-many-balancers.ts";
import { manyBalancersAntagonists } from "./g-many-balancers-antagonists.ts";
import { crash } from "./h-crash.ts";
import { overloaded } from "./i-overload.ts";
import { keys } from "./j-keys.ts";
import type { Scenario } from "./scenario.ts";
import { theory } from "./z-theory.ts";

/** In the order in which they are best read. */
export const scenarios: readonly Scenario[] = [
  theory,
  homogeneous,
  twoSpeeds,
  antagonists,
  loadRamp,
  linkerd,
  magnet,
  manyBalancers,
  manyBalancersAntagonists,
  crash,
  overloaded,
  keys,
  agreementEqual,
  agreementUnequal,
];

/** By its name, or by its letter alone where one scenario has it. */
export function findScenario(name: string): Scenario | undefined {
  const lower = name.toLowerCase();
  const exact = scenarios.find((scenario) => scenario.name === lower);
  if (exact !== undefined) return exact;
  const ofLetter = scenarios.filter((scenario) => scenario.name.startsWith(`${lower}-`));
  return lower.length === 1 && ofLetter.length > 0 ? ofLetter[0] : undefined;
}
