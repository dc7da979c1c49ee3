import { type WebSocket, WebSocketServer } from "ws";
import { answerJson } from "../answer-json.ts";
import type { Exchange } from "../exchange.ts";
import type { Route } from "./route.ts";

const goingAway = 1001;
// For a client that does not answer a close frame; a shutdown waits for it.
const closeTimeoutMs = 1000;

const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const exchanges = new WeakMap<object, Exchange>();

// X-Backend is promised on every response, and 101 is one.
server.on("headers", (lines, request) => {
  const backend = exchanges.get(request)?.backend;
  if (backend === undefined) return;
  lines.push(`X-Backend: ${backend.name}`, `X-Request-Count: ${backend.tally.requests}`);
});

/** `/ws`: a WebSocket that sends every message back as it came, text as text and binary as binary. */
export const ws: Route = {
  path: "/ws",
  kind: "traffic",
  answer(exchange) {
    const { request, response, upgradeHead } = exchange;
    if (upgradeHead === undefined) {
      response.setHeader("Upgrade", "websocket");
      answerJson(response, 426, { error: "/ws is a WebSocket: send Upgrade: websocket" });
      return;
    }
    exchanges.set(request, exchange);
    server.handleUpgrade(request, request.socket, upgradeHead, (webSocket) => {
      exchange.rawStatus = 101;
      echoMessages(exchange, webSocket);
    });
  },
};

function echoMessages(exchange: Exchange, webSocket: WebSocket): void {
  const { request, connection, backend } = exchange;
  webSocket.on("message", (message: Buffer, isBinary) => {
    exchange.bytesIn += message.length;
    backend.tally.recordBodyBytes(message.length);
    webSocket.send(message, { binary: isBinary });
  });
  // Whatever breaks the protocol was answered with a close frame by then.
  webSocket.on("error", () => {});
  connection.sayGoodbye = () => {
    webSocket.close(goingAway);
    setTimeout(() => webSocket.terminate(), closeTimeoutMs).unref();
  };
  request.socket.prependOnceListener("close", () => {
    const hasSaidGoodbye = webSocket.readyState === webSocket.CLOSING;
    if (hasSaidGoodbye && request.socket.errored === null) connection.endedAs ??= "answered";
  });
}
