import { closeConnection } from "../connections.ts";
import { waitForTurn } from "../wait-for-turn.ts";
import { defineFault, type FaultKind, type FaultVerdict } from "./fault.ts";

/** Closes the connection (FIN) in place of an answer. */
export const close: FaultKind = defineFault<object>({
  name: "close",
  summary: "closes the connection (FIN) before a byte of the response",
  example: "close,probability=5%",
  parameters: {},
  create: () => ({
    scope: "request",
    stage: "answer",
    async apply(exchange): Promise<FaultVerdict> {
      // With unread bytes the system would send RST instead.
      await exchange.body();
      if ((await waitForTurn(exchange.response)) === "turn") {
        closeConnection(exchange.request.socket, exchange.connection);
      }
      return "taken";
    },
  }),
});
