import { closeConnection } from "../connections.ts";
import type { Exchange } from "../exchange.ts";
import { waitForTurn } from "../wait-for-turn.ts";
import { defineFault, type FaultKind, type RequestAction } from "./fault.ts";
import { choice, duration, parameter } from "./parameter.ts";

/**
 * Closes kept connections without saying so, the race that a balancer with idle connections loses most
 * often: `response` closes after a response that promised to keep the connection; `request` closes
 * when another request has come on it, which is then lost.
 */
export const staleKeepAlive: FaultKind = defineFault<{ at: "response" | "request"; idle: number }>({
  name: "stale-keep-alive",
  summary: "closes kept connections (FIN) without having said so",
  example: "stale-keep-alive=request,probability=10%",
  main: "at",
  parameters: {
    at: parameter(
      choice(["response", "request"]),
      "after a response, or when the next request of the connection has come",
      "response",
    ),
    idle: parameter(duration, "with response: closes when idle for so long", "0s"),
  },
  create: ({ at, idle }) => (at === "response" ? closeAfterResponse(idle) : closeAtRequest),
});

function closeAfterResponse(idleMs: number): RequestAction {
  return {
    scope: "request",
    stage: "shape",
    apply(exchange) {
      exchange.response.once("close", () => {
        setTimeout(() => closeIdle(exchange), idleMs).unref();
      });
      return "continue";
    },
  };
}

function closeIdle({ request, connection, requestNumber }: Exchange): void {
  // Another request is served, and its own draw decides what comes after it.
  if (connection.requests > requestNumber || connection.unfinished.size > 0) return;
  request.socket.destroySoon();
}

const closeAtRequest: RequestAction = {
  scope: "request",
  stage: "answer",
  async apply(exchange) {
    if (exchange.requestNumber === 1) return "continue";
    await exchange.body();
    if ((await waitForTurn(exchange.response)) === "turn") {
      closeConnection(exchange.request.socket, exchange.connection);
    }
    return "taken";
  },
};
