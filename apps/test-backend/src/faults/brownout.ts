import { answerStatus } from "../answer-status.ts";
import { defineFault, type FaultKind, type FaultVerdict } from "./fault.ts";
import { duration, parameter, positiveDuration, share, wholeNumber } from "./parameter.ts";

interface BrownoutValues {
  readonly over: number;
  readonly errors: number;
  readonly latency: number;
  readonly code: number;
}

/** Latency and errors rise together, in a straight line from nothing, then stay at their peak. */
export const brownout: FaultKind = defineFault<BrownoutValues>({
  name: "brownout",
  summary: "latency and errors rise together, from nothing to their peak",
  example: "brownout=20s,errors=50%,latency=500ms,for=1m",
  main: "over",
  parameters: {
    over: parameter(positiveDuration, "how long the rise takes", "20s"),
    errors: parameter(share, "share of errors at the peak", "50%"),
    latency: parameter(duration, "added latency at the peak", "500ms"),
    code: parameter(wholeNumber(200, 999), "the status of the errors", "503"),
  },
  create: ({ over, errors, latency, code }) => ({
    scope: "request",
    stage: "wait",
    async apply(exchange, { random, elapsedMs }): Promise<FaultVerdict> {
      const level = Math.min(1, elapsedMs / over);
      const fails = random() < errors * level;
      if ((await exchange.body()).kind === "aborted") return "taken";
      if ((await exchange.wait(latency * level)) === "gone") return "taken";
      if (!fails) return "continue";
      answerStatus(exchange, code, { fault: "brownout" });
      return "taken";
    },
  }),
});
