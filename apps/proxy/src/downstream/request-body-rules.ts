import type { ListenerLimits } from "@evenkeel/config";
import { type BodyDecoder, violationDetail, violationStatus } from "@evenkeel/http1";
import { bodyTooLarge } from "../admit.ts";
import type { Refusal } from "../refusal.ts";

/** A body may start slowly; what counts is the average after this (security.md section 4). */
const rateGraceMs = 10_000;

const tooSlow: Refusal = {
  status: 408,
  error: "http_request_timeout",
  detail: "the request body arrives too slowly",
};

/** What a request body must keep to while it arrives: framing, size, speed. */
export class RequestBodyRules {
  #limits: ListenerLimits;
  #startedAt = 0;
  #pausedAt = 0;

  constructor(limits: ListenerLimits) {
    this.#limits = limits;
  }

  /** Between two requests. */
  follow(limits: ListenerLimits): void {
    this.#limits = limits;
  }

  start(now: number): void {
    this.#startedAt = now;
    this.#pausedAt = now;
  }

  /** Time in which we do not read is not the client's. */
  pause(now: number): void {
    if (this.#pausedAt === 0) this.#pausedAt = now;
  }

  resume(now: number): void {
    if (this.#pausedAt === 0) return;
    this.#startedAt += now - this.#pausedAt;
    this.#pausedAt = 0;
  }

  check(body: BodyDecoder, now: number): Refusal | null {
    const { violation } = body;
    if (violation !== null) {
      const detail = violationDetail(violation);
      return { status: violationStatus(violation), error: "http_request_error", detail };
    }
    const { bodyBytes, bodyBytesPerSecond } = this.#limits;
    if (bodyBytes > 0 && body.received > bodyBytes) return bodyTooLarge;
    const elapsedMs = now - this.#startedAt;
    const isJudged = !body.isDone && this.#pausedAt === 0 && elapsedMs > rateGraceMs;
    return isJudged && body.received < (bodyBytesPerSecond * elapsedMs) / 1_000 ? tooSlow : null;
  }
}
