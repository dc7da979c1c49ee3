import { resetConnection } from "../connections.ts";
import { waitForTurn } from "../wait-for-turn.ts";
import { defineFault, type FaultKind, type FaultVerdict, type RequestAction } from "./fault.ts";
import { optional, size } from "./parameter.ts";
import { shapeResponse } from "./shape-response.ts";

/**
 * Resets the connection (RST), before the response's head or in the middle of its body. The reset takes
 * back what the system still had to send, so of more than some 64 KiB fewer bytes may arrive.
 */
export const reset: FaultKind = defineFault<{ after: number | undefined }>({
  name: "reset",
  summary: "resets the connection (RST), before the head or in the middle of the body",
  example: "reset=100B,probability=10%",
  main: "after",
  parameters: {
    after: optional(
      size,
      "body bytes sent before; at most all but the last; left out: not even a head",
    ),
  },
  create: ({ after }) => (after === undefined ? resetBeforeHead : resetInBody(after)),
});

const resetBeforeHead: RequestAction = {
  scope: "request",
  stage: "answer",
  async apply(exchange): Promise<FaultVerdict> {
    // Unread bytes of the request would not change the RST, but what the client can know of it.
    await exchange.body();
    if ((await waitForTurn(exchange.response)) === "turn") {
      resetConnection(exchange.request.socket, exchange.connection);
    }
    return "taken";
  },
};

function resetInBody(afterBytes: number): RequestAction {
  return {
    scope: "request",
    stage: "shape",
    apply(exchange) {
      shapeResponse(exchange, { cut: { afterBytes, by: "reset" } });
      return "continue";
    },
  };
}
