import { defineFault, type FaultKind } from "./fault.ts";
import { parameter, positiveDuration, size } from "./parameter.ts";

/** Reads the request body slowly, so that the client's writes back up. */
export const slowRead: FaultKind = defineFault<{ bytes: number; every: number }>({
  name: "slow-read",
  summary: "reads the request body slowly",
  example: "slow-read=1KiB,every=100ms,method=POST",
  main: "bytes",
  parameters: {
    bytes: parameter(size, "read at a time; 0: as much as there is", "1KiB"),
    every: parameter(positiveDuration, "pause between two reads", "100ms"),
  },
  create: ({ bytes, every }) => ({
    scope: "request",
    stage: "shape",
    apply(exchange) {
      exchange.bodyPace = { bytes: bytes === 0 ? Infinity : bytes, everyMs: every };
      return "continue";
    },
  }),
});
