import type { IncomingMessage, ServerResponse } from "node:http";
import { answerJson } from "./answer-json.ts";
import type { BackendState } from "./backend-state.ts";
import { serveWithCapacity } from "./capacity/serve-with-capacity.ts";
import { endingOf } from "./ending.ts";
import { type Arrival, Exchange } from "./exchange.ts";
import { strikeRequest } from "./faults/strike-request.ts";

/** One request from its head to its answer. Never rejects. */
export async function handleRequest(backend: BackendState, arrival: Arrival): Promise<void> {
  const { connections, ledger, tally } = backend;
  const { request, response } = arrival;
  tally.recordRequest(request);
  const exchange = new Exchange(backend, arrival, () => conclude(exchange));
  ledger?.arrived(exchange);
  response.setHeader("X-Backend", backend.name);
  response.setHeader("X-Request-Count", tally.requests);
  if (connections.closing) response.setHeader("Connection", "close");
  try {
    await answer(exchange);
  } catch (error) {
    answerFailure(response, error);
  }
}

async function answer(exchange: Exchange): Promise<void> {
  const { backend, request, response, route } = exchange;
  if (!namesOneHost(request)) {
    answerJson(response, 400, { error: "HTTP/1.1 needs exactly one Host field (RFC 9112 3.2)" });
    return;
  }
  if ((await strikeRequest(exchange)) === "taken") return;
  const body = await exchange.body();
  if (body.kind === "aborted") return;
  if (backend.mode === "failed" && route.kind === "traffic") {
    answerJson(response, 503, { backend: backend.name, status: backend.mode });
    return;
  }
  if (route.kind === "traffic" && backend.service !== undefined) {
    if ((await serveWithCapacity(backend.service, exchange)) === "taken") return;
  }
  await route.answer(exchange, body);
}

function conclude(exchange: Exchange): void {
  const { tally, ledger } = exchange.backend;
  tally.recordEnding(endingOf(exchange));
  ledger?.ended(exchange);
}

// node:http checks only that a Host is there, and its refusal would carry no X-Backend.
function namesOneHost({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  if (httpVersion !== "1.1") return true;
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === "host") hosts += 1;
  }
  return hosts === 1;
}

function answerFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else answerJson(response, 500, { error: String(error) });
}
