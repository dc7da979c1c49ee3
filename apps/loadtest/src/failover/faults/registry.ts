import { nearestName } from "@evenkeel/config/nearest-name";
import { LoadtestError } from "../../errors.ts";
import {
  blackholeFault,
  flapFault,
  refuseFault,
  resetBeforeHeadFault,
  resetMidBodyFault,
  slowFault,
  storm500Fault,
  storm503Fault,
} from "./backend-faults.ts";
import type { FaultKind } from "./fault-kind.ts";
import { allFault, halfFault, killFault, stopFault, termFault } from "./process-faults.ts";

/** Every fault that `--fault` knows, in the order of the issue. */
export const faultKinds: readonly FaultKind[] = [
  killFault,
  termFault,
  stopFault,
  refuseFault,
  blackholeFault,
  resetBeforeHeadFault,
  resetMidBodyFault,
  storm500Fault,
  storm503Fault,
  slowFault,
  flapFault,
  halfFault,
  allFault,
];

/** The word for all of them. */
export const allKinds = "all-kinds";

/** @throws LoadtestError `BAD_OPTION` with the nearest valid name. */
export function faultNamed(name: string): FaultKind {
  const found = faultKinds.find((kind) => kind.name === name);
  if (found !== undefined) return found;
  const names = [...faultKinds.map((kind) => kind.name), allKinds];
  const nearest = nearestName(name, names);
  const hint = nearest === null ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
  throw new LoadtestError("BAD_OPTION", `there is no fault ${JSON.stringify(name)}; ${hint}`);
}
