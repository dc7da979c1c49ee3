import { seededRandom } from "@evenkeel/oracles";
import type { OpenLoopMethod } from "../engine/client-ledger.ts";
import { idField, requestId } from "../engine/open-loop-plan.ts";
import { sharedNumber } from "../engine/shared-ledger.ts";
import type { LoadShare, RequestKind } from "./load-plan.ts";
import { randomUuid, readTemplate, type Template } from "./request-template.ts";

/** One request, ready to be written. */
export interface PreparedRequest {
  /** Index of its kind in the plan. */
  readonly kind: number;
  readonly method: OpenLoopMethod;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface CompiledKind {
  readonly kind: number;
  readonly method: OpenLoopMethod;
  readonly target: Template;
  readonly headers: readonly (readonly [name: string, value: Template])[];
  readonly body: Template | undefined;
  /** The request itself, where it is the same every time. */
  readonly constant: PreparedRequest | undefined;
}

/**
 * Draws the requests of a worker from the plan's kinds by weight. Drawn and not taken in turns: a fixed
 * pattern would meet a balancer's own, and give one kind of request to one backend.
 */
export class RequestMix {
  readonly #kinds: readonly CompiledKind[];
  /** Upper ends of the kinds' shares of 0 to 1. */
  readonly #ends: readonly number[];
  readonly #random: () => number;
  readonly #ledgerId: string | undefined;
  #seq: number;
  readonly #worker: number;
  readonly #workers: number;

  constructor({ plan, worker }: LoadShare) {
    // Arrivals have a stream of their own, so that another mix does not move them.
    this.#random = seededRandom((plan.seed ^ 0x51ed270b) + Math.imul(worker, 0x9e3779b9));
    this.#kinds = plan.requests.map(compileKind);
    const total = plan.requests.reduce((sum, { weight }) => sum + weight, 0);
    let end = 0;
    this.#ends = plan.requests.map(({ weight }) => (end += weight / total));
    this.#ledgerId = plan.ledgerId;
    this.#seq = worker + 1;
    this.#worker = worker;
    this.#workers = plan.workers;
  }

  /** The next request; `index` is its number in this worker's ledger. */
  next(index: number): PreparedRequest {
    const request = this.#render(this.#draw());
    this.#seq += this.#workers;
    if (this.#ledgerId === undefined) return request;
    const number = sharedNumber(index, { worker: this.#worker, workers: this.#workers });
    return withId(request, requestId(this.#ledgerId, number));
  }

  #draw(): CompiledKind {
    const position = this.#kinds.length === 1 ? 0 : this.#random();
    const index = this.#ends.findIndex((end) => position < end);
    // Rounding can leave the last end a little below 1.
    return (this.#kinds[index] ?? this.#kinds.at(-1)) as CompiledKind;
  }

  #render(kind: CompiledKind): PreparedRequest {
    if (kind.constant !== undefined) return kind.constant;
    let uuid: string | undefined;
    const facts = {
      seq: this.#seq,
      uuid: (): string => (uuid ??= randomUuid(this.#random)),
      random: this.#random,
    };
    return {
      kind: kind.kind,
      method: kind.method,
      target: kind.target.render(facts),
      headers: Object.fromEntries(kind.headers.map(([name, value]) => [name, value.render(facts)])),
      body: kind.body?.render(facts),
    };
  }
}

function compileKind(kind: RequestKind, index: number): CompiledKind {
  const { method, body } = kind;
  const target = compile(kind.target);
  const headers = Object.entries(kind.headers).map(
    ([name, value]) => [name, compile(value)] as const,
  );
  const bodyTemplate = body === undefined ? undefined : compile(body);
  const parts = [target, bodyTemplate, ...headers.map(([, value]) => value)];
  const isConstant = parts.every((part) => part?.isConstant !== false);
  const { target: text, headers: fields } = kind;
  const constant = isConstant
    ? { kind: index, method, target: text, headers: fields, body }
    : undefined;
  return { kind: index, method, target, headers, body: bodyTemplate, constant };
}

/** Options were checked before. */
function compile(text: string): Template {
  const read = readTemplate(text);
  if (!read.ok) throw new Error(read.message);
  return read.template;
}

/** `X-Req-Id` too: a test-backend counts by it, where a balancer has its own `X-Request-Id`. */
function withId(request: PreparedRequest, id: string): PreparedRequest {
  const { target, headers } = request;
  const separator = target.includes("?") ? (/[?&]$/.test(target) ? "" : "&") : "?";
  const numbered = `${target}${separator}id=${id}`;
  return { ...request, target: numbered, headers: { ...headers, [idField]: id, "X-Req-Id": id } };
}
