import { defineFault, type FaultKind, type PortAction, type RequestAction } from "./fault.ts";
import { optional, parameter, positiveDuration } from "./parameter.ts";

/** Blocks the event loop, and with it every backend of the process, as a long collection does. */
export const gcPause: FaultKind = defineFault<{ time: number; every: number | undefined }>({
  name: "gc-pause",
  summary: "blocks the whole process, as a garbage collection does",
  example: "gc-pause=200ms,every=2s",
  main: "time",
  parameters: {
    time: parameter(positiveDuration, "how long", "100ms"),
    every: optional(positiveDuration, "again and again; left out: at each request that it strikes"),
  },
  create({ time, every }) {
    if (every === undefined) return pauseAtRequest(time);
    if (every <= time) return "every must be longer than the pause, or nothing would ever run";
    return pauseRegularly(time, every);
  },
});

function pauseAtRequest(timeMs: number): RequestAction {
  return {
    scope: "request",
    stage: "wait",
    apply() {
      blockFor(timeMs);
      return "continue";
    },
  };
}

function pauseRegularly(timeMs: number, everyMs: number): PortAction {
  let timer: NodeJS.Timeout | undefined;
  return {
    scope: "port",
    locksOut: false,
    begin() {
      timer = setInterval(() => blockFor(timeMs), everyMs);
    },
    end: () => clearInterval(timer),
  };
}

/** Blocks without burning CPU, so that other processes on the machine are not slowed. */
function blockFor(timeMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timeMs);
}
