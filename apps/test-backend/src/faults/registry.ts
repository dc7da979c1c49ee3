import { blackhole } from "./blackhole.ts";
import { brownout } from "./brownout.ts";
import { close } from "./close.ts";
import { drip } from "./drip.ts";
import { earlyResponse } from "./early-response.ts";
import type { FaultKind } from "./fault.ts";
import { flap } from "./flap.ts";
import { gcPause } from "./gc-pause.ts";
import { hang } from "./hang.ts";
import { informational } from "./informational.ts";
import { latency } from "./latency.ts";
import { malformed } from "./malformed.ts";
import { refuse } from "./refuse.ts";
import { reset } from "./reset.ts";
import { slowRead } from "./slow-read.ts";
import { slow } from "./slow.ts";
import { staleKeepAlive } from "./stale-keep-alive.ts";
import { status } from "./status.ts";
import { truncate } from "./truncate.ts";

/** Every fault that can be asked for, in the order of the help. */
export const faultKinds: readonly FaultKind[] = [
  latency,
  slow,
  status,
  hang,
  refuse,
  blackhole,
  reset,
  close,
  staleKeepAlive,
  truncate,
  malformed,
  drip,
  slowRead,
  earlyResponse,
  informational,
  gcPause,
  flap,
  brownout,
];

const byName: ReadonlyMap<string, FaultKind> = new Map(faultKinds.map((kind) => [kind.name, kind]));

/** The kind of this name, if there is one. */
export function findFaultKind(name: string): FaultKind | undefined {
  return byName.get(name);
}
