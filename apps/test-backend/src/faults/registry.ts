import type { FaultKind } from "./fault.ts";
import { latency } from "./latency.ts";

/** Every fault that can be asked for; the flags of `evenkeel backend` are made from this list. */
export const faultKinds: readonly FaultKind[] = [latency];
