import { ConnectionOptions } from "./connection-options.ts";
import { FieldId } from "./field-names.ts";
import type { FieldTable } from "./field-table.ts";
import { Framing } from "./framing.ts";
import { HeadParser, type HeadState } from "./head-parser.ts";
import { isValidHost } from "./host.ts";
import { knownOrSlice } from "./known-text.ts";
import type { HeadLimits } from "./limits.ts";
import { isProtocolList } from "./upgrade.ts";
import type { Latin1Decoder } from "./octets.ts";
import { RequestLine } from "./request-line.ts";
import { checkTarget, resolveTarget } from "./target.ts";
import { acceptsTrailers } from "./trailers.ts";
import type { Violation } from "./violation.ts";

/**
 * One request head: `feed` bytes until `state` is no longer "incomplete". The values are valid until
 * the next `reset`; a parser is reused for many requests and belongs to no connection in between.
 */
export class RequestParser {
  readonly #line: RequestLine;
  readonly #head: HeadParser;
  readonly framing: Framing = new Framing();
  readonly options: ConnectionOptions = new ConnectionOptions();
  /** The last Host that was valid, since most requests name the same few; a space never is. */
  #knownHost = " ";
  #knownMethod = "GET";
  state: HeadState = "incomplete";
  violation: Violation | null = null;
  method = "";
  /** Origin-form or `*`: what is routed, logged and forwarded. */
  target = "";
  /** The authority the client asked for, or null for an HTTP/1.0 request without one. */
  host: string | null = null;
  /** `host` came from an absolute-form target, which outranks the Host line (RFC 9112 3.2.2). */
  isHostFromTarget = false;
  /** The request line is already what we would write: HTTP/1.1, and the target as it came. */
  isLineCanonical = false;
  /** The client may send another request on this connection after the response. */
  isPersistent = true;
  expectsContinue = false;
  /** The protocols of an Upgrade that may be passed on, as written; "" when there is none. */
  upgrade = "";
  /** The client says `TE: trailers`, for itself or for who stands behind it. */
  acceptsTrailers = false;
  /** Max-Forwards of an OPTIONS request, or -1. */
  maxForwards = -1;

  constructor(limits: HeadLimits, decode: Latin1Decoder) {
    this.#line = new RequestLine(limits);
    this.#head = new HeadParser(this.#line, limits, decode);
  }

  get text(): string {
    return this.#head.text;
  }

  get fields(): FieldTable {
    return this.#head.fields;
  }

  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  get minor(): number {
    return this.#line.minor;
  }

  get isStarted(): boolean {
    return this.#head.isStarted;
  }

  reset(): void {
    this.#head.reset();
    this.#line.isHead = false;
    this.state = "incomplete";
    this.violation = null;
    this.method = this.target = "";
    this.host = null;
  }

  /** Takes bytes and returns how many of them belong to this head; the rest is body or next. */
  feed(input: Uint8Array, start: number, end: number): number {
    const taken = this.#head.feed(input, start, end);
    this.state = this.#head.state;
    this.violation = this.#head.violation;
    if (this.state === "complete") {
      this.violation = this.#interpret();
      if (this.violation !== null) this.state = "invalid";
    } else if (this.state === "invalid" && this.#line.isHead) this.method = "HEAD";
    return taken;
  }

  /** The value of the first field with this id, or null when there is none. */
  value(id: FieldId): string | null {
    const index = this.fields.find(id);
    if (index === -1) return null;
    return this.text.slice(this.fields.valueStart(index), this.fields.valueEnd(index));
  }

  /** The value of the first field with this lower-case name; for the few readers of other fields. */
  valueNamed(name: string): string | null {
    const { fields, text } = this;
    const index = fields.findNamed(text, name);
    return index === -1 ? null : text.slice(fields.valueStart(index), fields.valueEnd(index));
  }

  #interpret(): Violation | null {
    this.#knownMethod = knownOrSlice(this.text, 0, this.#line.methodEnd, this.#knownMethod);
    this.method = this.#knownMethod;
    return this.#interpretHost() ?? this.#interpretTarget() ?? this.#interpretFields();
  }

  #interpretHost(): Violation | null {
    const { fields, text } = this;
    this.host = null;
    if (!fields.has(FieldId.host)) return this.minor === 1 ? "missing-host" : null;
    for (let index = 0; index < fields.count; index++) {
      if (fields.id(index) !== FieldId.host) continue;
      if (this.host !== null) return "duplicate-host";
      const [start, end] = [fields.valueStart(index), fields.valueEnd(index)];
      this.host = knownOrSlice(text, start, end, this.#knownHost);
    }
    if (this.host === this.#knownHost) return null;
    if (this.host === null || !isValidHost(this.host)) return "bad-host";
    this.#knownHost = this.host;
    return null;
  }

  #interpretTarget(): Violation | null {
    const { method } = this;
    const target = this.text.slice(this.#line.targetStart, this.#line.targetEnd);
    this.target = target;
    this.isHostFromTarget = false;
    const isPlain = target.charCodeAt(0) === 0x2f && method !== "TRACE" && method !== "CONNECT";
    if (!isPlain) {
      const resolved = resolveTarget(method, target, this.host);
      if (typeof resolved === "string") return resolved;
      this.target = resolved.target;
      this.isHostFromTarget = resolved.authority !== null;
      this.host = resolved.authority ?? this.host;
    }
    this.isLineCanonical = this.minor === 1 && this.target === target;
    return isPlain && !this.#line.isTargetSuspicious ? null : checkTarget(this.target);
  }

  #interpretFields(): Violation | null {
    const violation = this.framing.read(this.text, this.fields, this.minor);
    if (violation !== null) return violation;
    this.options.read(this.text, this.fields);
    // HTTP/1.0 persistence is not offered to clients (RFC 9112 9.3; row 63).
    this.isPersistent = this.minor === 1 && !this.options.close;
    // Not listed by Connection it may be left over from a hop before (RFC 9110 10.1.4).
    const isTeMeant = this.minor === 1 && this.options.te;
    this.acceptsTrailers = isTeMeant && acceptsTrailers(this.text, this.fields);
    this.upgrade = this.minor === 1 && this.options.upgrade ? this.#readUpgrade() : "";
    this.maxForwards = this.method === "OPTIONS" ? this.#readMaxForwards() : -1;
    return this.#interpretExpect();
  }

  /** RFC 9110 7.8. HTTP/2 over clear text is never tunnelled past our rules (row 56). */
  #readUpgrade(): string {
    const value = this.value(FieldId.upgrade) ?? "";
    return isProtocolList(value) && !/\bh2c?\b/i.test(value) ? value : "";
  }

  #readMaxForwards(): number {
    const value = this.value(FieldId.maxForwards);
    return value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : -1;
  }

  #interpretExpect(): Violation | null {
    this.expectsContinue = false;
    // RFC 9110 10.1.1: a server ignores the expectation of an HTTP/1.0 client.
    if (!this.fields.has(FieldId.expect) || this.minor === 0) return null;
    const { fields } = this;
    let seen = 0;
    for (let index = 0; index < fields.count; index++) {
      if (fields.id(index) !== FieldId.expect) continue;
      const value = this.text.slice(fields.valueStart(index), fields.valueEnd(index));
      // A second line could say something else than the one that was judged (row 78).
      if (++seen > 1 || value.toLowerCase() !== "100-continue") return "unknown-expectation";
    }
    this.expectsContinue = this.framing.kind === "chunked" || this.framing.length > 0;
    return null;
  }
}
