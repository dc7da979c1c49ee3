import { blackhole } from "./blackhole.ts";
import type { FaultKind } from "./fault.ts";
import { flap } from "./flap.ts";
import { hang } from "./hang.ts";
import { latency } from "./latency.ts";
import { refuse } from "./refuse.ts";
import { reset } from "./reset.ts";
import { slow } from "./slow.ts";
import { status } from "./status.ts";

/** Every fault that can be asked for, in the order of the help. */
export const faultKinds: readonly FaultKind[] = [
  latency,
  slow,
  status,
  hang,
  refuse,
  blackhole,
  reset,
  flap,
];

const byName: ReadonlyMap<string, FaultKind> = new Map(faultKinds.map((kind) => [kind.name, kind]));

/** The kind of this name, if there is one. */
export function findFaultKind(name: string): FaultKind | undefined {
  return byName.get(name);
}
