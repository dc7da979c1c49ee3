import { answerStatus } from "../answer-status.ts";
import { closeConnection } from "../connections.ts";
import type { Exchange } from "../exchange.ts";
import { defineFault, type FaultKind } from "./fault.ts";
import { choice, parameter, wholeNumber } from "./parameter.ts";

const sequels = ["drain", "close", "hold"] as const;
type Sequel = (typeof sequels)[number];

/** Answers at the request's head, before its body was read. */
export const earlyResponse: FaultKind = defineFault<{ code: number; rest: Sequel }>({
  name: "early-response",
  summary: "answers before the request body was read",
  example: "early-response=413,rest=close,method=POST",
  main: "code",
  parameters: {
    code: parameter(wholeNumber(200, 999), "the status", "413"),
    rest: parameter(
      choice(sequels),
      "the body: drain it, close the connection, or hold: never read it",
      "drain",
    ),
  },
  create: ({ code, rest }) => ({
    scope: "request",
    stage: "early",
    apply(exchange) {
      sequelOf[rest](exchange);
      answerStatus(exchange, code, { fault: "early-response" });
      return "taken";
    },
  }),
});

const sequelOf: Readonly<Record<Sequel, (exchange: Exchange) => void>> = {
  drain: (exchange) => void exchange.body(),
  close({ request, response, connection }) {
    response.setHeader("Connection", "close");
    response.once("finish", () => closeConnection(request.socket, connection));
  },
  hold({ request }) {
    // A listener keeps node:http from reading the rest away once the response is finished.
    request.on("data", () => {});
    request.pause();
  },
};
