import { parseDurationOption } from "../option-values.ts";
import { waitForClient } from "../wait-for-client.ts";
import type { Fault, FaultKind } from "./fault.ts";

/**
 * Delays every response by a fixed time, counted from the end of the request: the upload is not
 * slowed down, and its own time comes on top.
 */
export function createLatency(fixedMs: number): Fault {
  return {
    name: "latency",
    async beforeAnswer(exchange) {
      await exchange.body();
      const end = await waitForClient(exchange.response, fixedMs);
      return end === "elapsed" ? "continue" : "taken";
    },
  };
}

/** `--latency 150ms` */
export const latency: FaultKind = {
  name: "latency",
  flags: "--latency <duration>",
  description: "delay every response (control routes are exempt), e.g. 150ms",
  fromFlag: (text) => createLatency(parseDurationOption(text)),
};
