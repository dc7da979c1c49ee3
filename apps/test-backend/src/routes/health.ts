import { answerJson } from "../answer-json.ts";
import type { BackendMode } from "../backend-state.ts";
import type { Exchange } from "../exchange.ts";
import type { Route } from "./route.ts";

/** `/health`: 200 while healthy, else 503. */
export const health: Route = {
  path: "/health",
  kind: "health",
  answer({ backend, response }) {
    const status = backend.mode === "healthy" ? 200 : 503;
    answerJson(response, status, { backend: backend.name, status: backend.mode });
  },
};

/** `/fail`: from now on /health answers 503; traffic is still served. */
export const fail: Route = {
  path: "/fail",
  kind: "control",
  answer: (exchange) => enterMode(exchange, "unhealthy"),
};

/** `/recover`: undoes /fail and `--fail-after`. */
export const recover: Route = {
  path: "/recover",
  kind: "control",
  answer: (exchange) => enterMode(exchange, "healthy"),
};

function enterMode({ backend, response }: Exchange, mode: BackendMode): void {
  backend.mode = mode;
  answerJson(response, 200, { backend: backend.name, status: mode });
}
