import { decideRetry, isIdempotent } from "@evenkeel/core";
import {
  FieldId,
  type RequestParser,
  type ResponseParser,
  downstreamBodyKind,
  forwardRequestHead,
  forwardResponseHead,
  violationDetail,
  violationStatus,
} from "@evenkeel/http1";
import { admit } from "./admit.ts";
import { errorResponseText } from "./error-response.ts";
import type { Exchange } from "./exchange.ts";
import { isAcceptableRequestId } from "./observe/request-ids.ts";
import type { AttemptFailure, ProxyError } from "./proxy-error.ts";
import { matchRoute } from "./routing/route.ts";

/*
 * The path of one request, top to bottom:
 *
 *   handleRequest    a head was read: route, admit, headers        -> what the backend will be sent
 *   startAttempt     end of the loop turn: acquire a backend, send
 *   attemptFailed    no response head: another backend, or an error
 *   responseHead     the backend answered: what the client will be sent
 *   finishResponse   the body is through: release, record, next request
 *
 * Bytes travel in client-connection.ts and upstream-connection.ts, which call these in this order.
 */

/** The head to send to a backend, or null when the request was answered here. */
export function handleRequest(exchange: Exchange, request: RequestParser): string | null {
  const { listener } = exchange.client;
  const { thread } = listener;
  exchange.method = request.method;
  exchange.target = request.target;
  exchange.clientMinor = request.minor;
  exchange.requestBodyKind = request.framing.kind;
  exchange.isRequestComplete = request.framing.kind === "none";
  exchange.closes = !request.isPersistent || thread.isDraining;
  if (request.violation !== null) {
    const status = violationStatus(request.violation);
    exchange.isRequestComplete = false;
    return refuse(exchange, status, "http_request_error", violationDetail(request.violation));
  }
  const refusal = admit(request, listener.config.limits);
  if (refusal !== null) return refuse(exchange, refusal.status, refusal.error, refusal.detail);
  if (request.maxForwards === 0) return answerOptions(exchange);
  const route = matchRoute(thread.routes, request.host, request.target);
  if (route === -1) return refuse(exchange, 404, "destination_not_found", "no route matches");
  exchange.pool = thread.routePools[route] ?? null;
  if (thread.accessLog.wantsClientFields) noteClientFields(exchange, request);
  const forwarding = exchange.client.forwardingFor(exchange.requestId);
  if (forwarding.isPeerTrusted && request.fields.has(FieldId.requestId)) {
    const theirs = request.value(FieldId.requestId) ?? "";
    if (isAcceptableRequestId(theirs)) forwarding.requestId = exchange.requestId = theirs;
  }
  return forwardRequestHead(request, forwarding);
}

/** Picks a backend and sends; every failure comes back through `attemptFailed`. */
export function startAttempt(exchange: Exchange): void {
  if (!exchange.isActive || exchange.pool === null) return;
  const { balancer, connections } = exchange.pool;
  const acquired = balancer.acquire(exchange);
  if (typeof acquired === "string") {
    refuse(exchange, 503, "destination_unavailable", "no backend is ready");
    return;
  }
  exchange.lease = acquired;
  exchange.attempts++;
  connections.get(acquired.backend)?.attempt(exchange);
}

/** What is known of a failed attempt besides its cause. */
export interface AttemptFacts {
  /** A request byte may have left for the backend. */
  readonly sent: boolean;
  /** A response byte arrived, if only of a 1xx. */
  readonly answered: boolean;
  readonly reused: boolean;
}

export function attemptFailed(
  exchange: Exchange,
  failure: AttemptFailure,
  facts: AttemptFacts,
): void {
  const { lease, pool } = exchange;
  exchange.upstream = null;
  if (lease === null || pool === null) return;
  const outcome = { kind: "failure", cause: failure.cause, sent: facts.sent } as const;
  lease.release(outcome);
  if (exchange.isResponseStarted) {
    abortResponse(exchange, failure);
    return;
  }
  const decision = decideRetry({
    outcome,
    attempt: exchange.attempts,
    maxRetries: pool.config.retry.maxRetries,
    idempotent: isIdempotent(exchange.method),
    bodyReplayable: !exchange.isBodyStreamed,
    responseStarted: facts.answered,
    reusedConnection: facts.reused,
  });
  if (decision.retry) {
    exchange.tried = [...exchange.tried, lease.backend];
    exchange.client.listener.thread.turns.add(exchange);
    return;
  }
  refuse(exchange, failure.status, failure.error, attemptDetails[failure.error] ?? "");
}

const attemptDetails: Partial<Record<ProxyError, string>> = {
  connection_refused: "the backend refused the connection",
  connection_terminated: "the backend closed the connection before it answered",
  connection_timeout: "the backend did not accept the connection in time",
  http_response_timeout: "the backend did not answer in time",
  http_protocol_error: "the backend's response is not valid HTTP/1.1",
  dns_error: "the backend's name cannot be resolved",
  destination_ip_unroutable: "the backend's address cannot be reached",
  proxy_internal_error: "no descriptor is left for a connection",
};

/** The backend's final head: the head for the client, with the framing that this client gets. */
export function responseHead(exchange: Exchange, response: ResponseParser): string {
  const { client } = exchange;
  const { thread } = client.listener;
  exchange.isResponseStarted = true;
  exchange.status = response.status;
  exchange.responseBodyKind = downstreamBodyKind(response.bodyKind, exchange.clientMinor);
  // An early response: whatever of the body still comes must never be read as a request (row 17).
  if (!exchange.isRequestComplete || thread.isDraining) exchange.closes = true;
  if (exchange.responseBodyKind === "until-close") exchange.closes = true;
  client.responseStarted();
  const date = thread.date.text(thread.wallClock());
  return forwardResponseHead(response, exchange.clientMinor, date, exchange.closes);
}

/** The response is whole: the lease ends, the record is written, the client may go on. */
export function finishResponse(exchange: Exchange): void {
  const { client, lease } = exchange;
  const { thread } = client.listener;
  const endedAt = thread.clock();
  exchange.upstream = null;
  const latencyMs = endedAt - exchange.startedAt;
  lease?.release({ kind: "response", status: exchange.status, latencyMs });
  thread.accessLog.record(exchange, endedAt);
  client.finishExchange();
}

/** Answers with an error of our own. Returns null, so that a caller can end with it. */
export function refuse(
  exchange: Exchange,
  status: number,
  error: ProxyError,
  detail: string,
): null {
  const { client, requestId } = exchange;
  const { thread } = client.listener;
  detach(exchange);
  exchange.status = status;
  exchange.error = error;
  if (!exchange.isRequestComplete) exchange.closes = true;
  const date = thread.date.text(thread.wallClock());
  const { closes } = exchange;
  const isHead = exchange.method === "HEAD";
  client.send(errorResponseText({ status, error, detail, requestId, date, isHead, closes }));
  thread.accessLog.record(exchange, thread.clock());
  client.finishExchange();
  return null;
}

/** The client went away: nothing of it counts against the backend. */
export function abandon(exchange: Exchange): void {
  const { thread } = exchange.client.listener;
  detach(exchange);
  exchange.error ??= "client_aborted";
  if (!exchange.isResponseStarted) exchange.status = 499;
  thread.accessLog.record(exchange, thread.clock());
  exchange.end();
}

/** Part of the response is with the client; it must be able to see that the rest is missing. */
function abortResponse(exchange: Exchange, failure: AttemptFailure): void {
  exchange.error = failure.cause === "reset" ? "http_response_incomplete" : failure.error;
  exchange.client.abort();
}

function detach(exchange: Exchange): void {
  const { upstream, lease } = exchange;
  exchange.upstream = null;
  lease?.release({ kind: "canceled" });
  upstream?.abandon();
}

function answerOptions(exchange: Exchange): null {
  const { client } = exchange;
  const { thread } = client.listener;
  exchange.status = 200;
  if (!exchange.isRequestComplete) exchange.closes = true;
  client.send(
    `HTTP/1.1 200 OK\r\nDate: ${thread.date.text(thread.wallClock())}\r\n` +
      "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nContent-Length: 0\r\n" +
      (exchange.closes ? "Connection: close\r\n\r\n" : "\r\n"),
  );
  thread.accessLog.record(exchange, thread.clock());
  client.finishExchange();
  return null;
}

function noteClientFields(exchange: Exchange, request: RequestParser): void {
  exchange.referer = request.valueNamed("referer") ?? "";
  exchange.userAgent = request.valueNamed("user-agent") ?? "";
}
