import { isResponseTimeout } from "@evenkeel/core";
import {
  FieldId,
  type RequestForwarding,
  type RequestParser,
  type ResponseParser,
  downstreamBodyKind,
  forwardRequestHead,
  forwardResponseHead,
  forwardSwitchingHead,
  isAcceptedUpgrade,
  violationDetail,
  violationStatus,
} from "@evenkeel/http1";
import { admit, admitClient } from "./admit.ts";
import { errorResponseText } from "./error-response.ts";
import type { Exchange } from "./exchange.ts";
import { isAcceptableRequestId } from "./observe/request-ids.ts";
import { followPool } from "./generation/follow-pool.ts";
import type { AttemptFailure } from "./proxy-error.ts";
import { beginRace } from "./race.ts";
import type { Refusal } from "./refusal.ts";
import { clientIp } from "./routing/client-ip.ts";
import { readHashKey } from "./routing/hash-key.ts";
import type { Redirect } from "./routing/redirect.ts";
import type { Route } from "./routing/router.ts";
import { type StatusPage, statusIsRead } from "./status-page.ts";
import { type AttemptFacts, mayMove, replaceAnswer, tryAgain } from "./try-again.ts";
import type { UpstreamConnection } from "./upstream/upstream-connection.ts";

/*
 * The path of one request, top to bottom:
 *
 *   handleRequest    a head was read: admit, route, headers        -> what the backend will be sent
 *   startAttempt     end of the loop turn: acquire a backend, send; or wait for room (waiting-room.ts);
 *                    where the pool hedges, race.ts
 *   attemptFailed    no response head: another backend, or an error
 *   switchProtocols  the backend answered 101: a tunnel
 *   responseHead     the backend answered: what the client will be sent, or another backend
 *   finishResponse   the body is through: release, record, next request
 *
 * Bytes travel in client-connection.ts and upstream-connection.ts, which call these in this order.
 */

const canceled = { kind: "canceled" } as const;
const noRoute: Refusal = {
  status: 404,
  error: "destination_not_found",
  detail: "no route matches",
};
const noneReady: Refusal = {
  status: 503,
  error: "destination_unavailable",
  detail: "no backend is ready",
};

/** The head to send to a backend, or null when the request was answered here. */
export function handleRequest(
  exchange: Exchange,
  request: RequestParser,
  mustClose: boolean,
): string | null {
  const { listener } = exchange.client;
  const { thread } = listener;
  exchange.method = request.method;
  exchange.target = request.target;
  exchange.clientMinor = request.minor;
  exchange.requestBodyKind = request.framing.kind;
  exchange.announcedBytes = request.framing.length;
  exchange.isRequestComplete = request.framing.kind === "none";
  exchange.upgrade = request.upgrade;
  exchange.closes = mustClose || !request.isPersistent || listener.isDraining;
  if (request.violation !== null) {
    const status = violationStatus(request.violation);
    exchange.isRequestComplete = false;
    const detail = violationDetail(request.violation);
    return refuse(exchange, { status, error: "http_request_error", detail });
  }
  exchange.host = request.host;
  const forwarding = exchange.client.forwardingFor(exchange.requestId);
  const { isPeerTrusted } = forwarding;
  if (isPeerTrusted) exchange.clientAddress = clientIp(request, forwarding, listener.isTrusted);
  if (thread.accessLog.wantsClientFields) noteClientFields(exchange, request);
  const refusal = admitClient(exchange) ?? admit(request, listener.config.limits);
  if (refusal !== null) return refuse(exchange, refusal);
  if (request.maxForwards === 0) return answerOptions(exchange);
  const { statusPage } = listener;
  if (statusPage !== null && statusPage.isAskedBy(request.target)) {
    return answerStatus(exchange, statusPage);
  }
  const route = thread.router.find(request, isPeerTrusted, listener.config.name);
  exchange.route = route;
  if (route === null) return refuse(exchange, noRoute);
  exchange.pool = route.poolFor(request, forwarding, listener.isTrusted);
  const notPassed = route.gate?.(exchange, request) ?? null;
  if (notPassed !== null) return refuse(exchange, notPassed);
  if (route.redirect !== null) return answerRedirect(exchange, request.host, route.redirect);
  return headForBackend(exchange, request, route, forwarding);
}

/** What a backend of the route will be sent. */
function headForBackend(
  exchange: Exchange,
  request: RequestParser,
  route: Route,
  forwarding: RequestForwarding,
): string {
  const { pool } = exchange;
  const { isTrusted } = exchange.client.listener;
  exchange.hasIdempotencyKey = (request.value(FieldId.idempotencyKey) ?? "") !== "";
  if (pool !== null && pool.hashKey !== null) {
    exchange.hashKey = readHashKey(pool.hashKey, request, forwarding, isTrusted);
  }
  if (forwarding.isPeerTrusted && request.fields.has(FieldId.requestId)) {
    const theirs = request.value(FieldId.requestId) ?? "";
    if (isAcceptableRequestId(theirs)) forwarding.requestId = exchange.requestId = theirs;
  }
  const cookies = pool?.sticky?.begin(exchange, request, forwarding) ?? "";
  const changes = route.requestChanges;
  // The route's word holds for what is left of the client's cookies, too.
  const added = changes !== null && changes.dropped.includes("cookie") ? "" : cookies;
  const target = route.rewrite?.targetOf(request.target) ?? request.target;
  const head = forwardRequestHead(request, forwarding, added, target, changes);
  if (route.mirror !== null && exchange.isRepeatable) {
    route.mirror.offer(head, request, forwarding, exchange.client);
  }
  return head;
}

/** Picks a backend and sends, or waits for room at one. */
export function startAttempt(exchange: Exchange): void {
  exchange.isQueued = false;
  if (!exchange.isActive || exchange.pool === null || exchange.place !== null) return;
  if (exchange.upstream !== null || exchange.retryTimer !== null) {
    exchange.race?.sendCopy();
    return;
  }
  const { waitingRoom } = exchange.pool;
  // A retry has been waiting for longer than those that wait.
  const mustWait = waitingRoom?.isOccupied === true && exchange.tried.length === 0;
  if (mustWait || !tryAttempt(exchange)) waitingRoom?.enter(exchange);
}

/**
 * Picks a backend and sends; every failure comes back through `attemptFailed`. False when no backend has
 * room: nothing has happened then.
 */
export function tryAttempt(exchange: Exchange): boolean {
  if (exchange.pool === null) return true;
  const { balancer, connections, retry, hedge } = exchange.pool;
  const { tracer } = exchange.client.listener.thread.recorder;
  if (tracer !== null) tracer.attempting(exchange);
  const acquired = balancer.acquire(exchange);
  if (tracer !== null) exchange.trace?.acquired(typeof acquired === "string" ? null : acquired);
  if (acquired === "at-capacity") return false;
  if (typeof acquired === "string") {
    if (!followPool(exchange)) refuse(exchange, noneReady);
    else if (!tryAttempt(exchange)) exchange.pool.waitingRoom?.enter(exchange);
    return true;
  }
  exchange.lease = acquired;
  if (exchange.bound !== null) exchange.hasLostBackend = exchange.bound.id !== acquired.backend.id;
  if (++exchange.attempts === 1) {
    retry.requestStarted(exchange.startedAt);
    if (hedge !== null) beginRace(exchange);
  }
  connections.get(acquired.backend)?.attempt(exchange);
  return true;
}

export function attemptFailed(
  exchange: Exchange,
  failure: AttemptFailure,
  facts: AttemptFacts,
  from: UpstreamConnection,
): void {
  const { lease, race } = exchange;
  const outcome = { kind: "failure", cause: failure.cause, sent: facts.sent } as const;
  if (isResponseTimeout(outcome)) exchange.responseTimeouts++;
  if (race !== null && race.survives(outcome, from)) return;
  exchange.upstream = null;
  if (lease === null) return;
  lease.release(outcome);
  if (exchange.isResponseStarted) abortResponse(exchange, failure);
  else if (!tryAgain(exchange, outcome, facts)) refuse(exchange, failure);
}

/**
 * A request of a batch lost its place through no fault of its own or of the backend's: the attempt
 * counts for nobody. `isFree`: it moves whatever the retry settings say.
 */
export function attemptDisplaced(
  exchange: Exchange,
  failure: AttemptFailure,
  isFree: boolean,
  from: UpstreamConnection,
): void {
  const { lease, client, race } = exchange;
  if (race !== null && race.survives(canceled, from)) return;
  exchange.upstream = null;
  lease?.release(canceled);
  if (isFree || mayMove(exchange)) client.listener.thread.queue(exchange);
  else refuse(exchange, failure);
}

/**
 * Checks found the backend down while it owes an answer: a request that may be repeated asks elsewhere
 * now instead of waiting for its timeout. The others wait; they may have been heard.
 */
export function leaveDownBackend(exchange: Exchange): void {
  const { upstream, isInterimSent, race } = exchange;
  if (upstream === null || exchange.isResponseStarted) return;
  if (race !== null && race.survives(canceled, upstream)) {
    upstream.abandon(exchange);
    return;
  }
  const sent = upstream.isSending;
  const outcome = { kind: "failure", cause: "reset", sent } as const;
  if (tryAgain(exchange, outcome, { sent, answered: isInterimSent, reused: false }))
    detach(exchange);
}

/**
 * The backend agreed to another protocol: the head for the client, or null when it agreed to
 * something that was not asked for. The lease goes on until the tunnel ends.
 */
export function switchProtocols(exchange: Exchange, response: ResponseParser): string | null {
  const { upgrade, client } = exchange;
  if (upgrade === "" || !exchange.isRequestComplete) return null;
  if (!isAcceptedUpgrade(upgrade, response.upgrade)) return null;
  exchange.settle();
  exchange.isResponseStarted = exchange.isTunnel = exchange.closes = true;
  exchange.status = 101;
  exchange.lease?.answered(101);
  client.responseStarted();
  return forwardSwitchingHead(response, exchange.pool?.sticky?.setCookieLine(exchange));
}

/**
 * The backend's final head: the head for the client, with the framing that this client gets; or null
 * when nobody wants this answer any more, because another backend is asked.
 */
export function responseHead(
  exchange: Exchange,
  response: ResponseParser,
  from: UpstreamConnection,
): string | null {
  const { client, race, route } = exchange;
  const { thread } = client.listener;
  if (race !== null && !race.admits(response.status, from)) return null;
  exchange.lease?.answered(response.status);
  if (response.status >= 400 && replaceAnswer(exchange, response)) return null;
  exchange.settle();
  exchange.isResponseStarted = true;
  exchange.status = response.status;
  exchange.responseBodyKind = downstreamBodyKind(response.bodyKind, exchange.clientMinor);
  // An early response: whatever of the body still comes must never be read as a request (row 17).
  if (!exchange.isRequestComplete || client.listener.isDraining) exchange.closes = true;
  if (exchange.responseBodyKind === "until-close") exchange.closes = true;
  client.responseStarted();
  const date = thread.date.text;
  const { clientMinor, closes, ownFields } = exchange;
  const cookie = exchange.pool?.sticky?.setCookieLine(exchange);
  const added = cookie === undefined ? ownFields : ownFields + cookie;
  const changes = route === null ? null : route.responseChanges;
  return forwardResponseHead(response, clientMinor, date, closes, added, changes);
}

/** The response is whole: the lease ends, the record is written, the client may go on. */
export function finishResponse(exchange: Exchange, endedAt: number): void {
  const { client, lease } = exchange;
  const { thread } = client.listener;
  exchange.upstream = null;
  if (lease !== null) {
    const latencyMs = endedAt - lease.startedAt;
    lease.release({ kind: "response", status: exchange.status, latencyMs });
  }
  thread.recorder.record(exchange, endedAt);
  client.finishExchange(endedAt);
}

/**
 * Answers with an error of our own; cuts the connection when a response has already begun. Returns
 * null, so that a caller can end with it.
 */
export function refuse(exchange: Exchange, refusal: Refusal): null {
  const { status, error, detail, retryAfterSeconds, problem, allow } = refusal;
  const { client, requestId } = exchange;
  const { thread } = client.listener;
  detach(exchange);
  exchange.error = error;
  if (exchange.isResponseStarted) {
    client.abort();
    return null;
  }
  exchange.status = status;
  if (!exchange.isRequestComplete) exchange.closes = true;
  const date = thread.date.text;
  const { closes, ownFields: fields } = exchange;
  const isHead = exchange.method === "HEAD";
  const facts = { requestId, date, isHead, closes, retryAfterSeconds, problem, fields, allow };
  client.send(errorResponseText({ status, error, detail, ...facts }));
  const endedAt = thread.clock();
  thread.recorder.record(exchange, endedAt);
  client.finishExchange(endedAt);
  return null;
}

/** The client went away: nothing of it counts against the backend. */
export function abandon(exchange: Exchange): void {
  const { thread } = exchange.client.listener;
  detach(exchange);
  exchange.error ??= "client_aborted";
  if (!exchange.isResponseStarted) exchange.status = 499;
  thread.recorder.record(exchange, thread.clock());
  exchange.end();
}

/** Part of the response is with the client; it must be able to see that the rest is missing. */
function abortResponse(exchange: Exchange, failure: AttemptFailure): void {
  exchange.error = failure.cause === "reset" ? "http_response_incomplete" : failure.error;
  exchange.client.abort();
}

function detach(exchange: Exchange): void {
  const { upstream, lease, pool } = exchange;
  exchange.upstream = null;
  pool?.waitingRoom?.leave(exchange);
  lease?.release(canceled);
  upstream?.abandon(exchange);
}

function answerOptions(exchange: Exchange): null {
  if (!exchange.isRequestComplete) exchange.closes = true;
  const { closes, client } = exchange;
  return answerHere(
    exchange,
    200,
    `HTTP/1.1 200 OK\r\nDate: ${client.listener.thread.date.text}\r\n` +
      "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nContent-Length: 0\r\n" +
      (closes ? "Connection: close\r\n\r\n" : "\r\n"),
  );
}

function answerStatus(exchange: Exchange, page: StatusPage): null {
  const { client, method } = exchange;
  const isHead = method === "HEAD";
  if (method !== "GET" && !isHead) return refuse(exchange, statusIsRead);
  if (!exchange.isRequestComplete) exchange.closes = true;
  const facts = { date: client.listener.thread.date.text, closes: exchange.closes, isHead };
  return answerHere(exchange, 200, page.answer(facts));
}

function answerRedirect(exchange: Exchange, asked: string | null, redirect: Redirect): null {
  const { client, requestId, target } = exchange;
  if (!exchange.isRequestComplete) exchange.closes = true;
  const host = asked ?? client.forwardingFor(requestId).localAuthority;
  const date = client.listener.thread.date.text;
  const { closes, ownFields } = exchange;
  const text = redirect.answer({ host, target }, { date, closes, ownFields });
  return answerHere(exchange, redirect.status, text);
}

function answerHere(exchange: Exchange, status: number, text: string): null {
  const { client } = exchange;
  const { thread } = client.listener;
  exchange.status = status;
  client.send(text);
  const endedAt = thread.clock();
  thread.recorder.record(exchange, endedAt);
  client.finishExchange(endedAt);
  return null;
}

function noteClientFields(exchange: Exchange, request: RequestParser): void {
  exchange.referer = request.valueNamed("referer") ?? "";
  exchange.userAgent = request.valueNamed("user-agent") ?? "";
}
