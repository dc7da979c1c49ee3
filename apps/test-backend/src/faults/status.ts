import { answerStatus } from "../answer-status.ts";
import { defineFault, type FaultKind, type FaultVerdict } from "./fault.ts";
import { duration, optional, parameter, wholeNumber } from "./parameter.ts";

/** Answers with a status in the route's place. */
export const status: FaultKind = defineFault<{ code: number; retryAfter: number | undefined }>({
  name: "status",
  summary: "answers with a status code",
  example: "status=503,retryAfter=2s,probability=30%",
  main: "code",
  parameters: {
    code: parameter(wholeNumber(200, 999), "the status", "503"),
    retryAfter: optional(duration, "sends Retry-After, in whole seconds"),
  },
  create: ({ code, retryAfter }) => ({
    scope: "request",
    stage: "answer",
    async apply(exchange): Promise<FaultVerdict> {
      if ((await exchange.body()).kind === "aborted") return "taken";
      if (retryAfter !== undefined) {
        exchange.response.setHeader("Retry-After", Math.ceil(retryAfter / 1000));
      }
      answerStatus(exchange, code, { fault: "status" });
      return "taken";
    },
  }),
});
