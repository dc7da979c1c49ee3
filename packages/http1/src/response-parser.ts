import { ConnectionOptions } from "./connection-options.ts";
import { FieldId } from "./field-names.ts";
import type { FieldTable } from "./field-table.ts";
import { type BodyKind, Framing } from "./framing.ts";
import { HeadParser, type HeadState } from "./head-parser.ts";
import type { HeadLimits } from "./limits.ts";
import type { Latin1Decoder } from "./octets.ts";
import { StatusLine } from "./status-line.ts";
import type { Violation } from "./violation.ts";

/** One response head; see RequestParser for the life of its values. */
export class ResponseParser {
  readonly #line: StatusLine;
  readonly #head: HeadParser;
  /** What the fields announce, which for HEAD and 304 is not what follows. */
  readonly framing: Framing = new Framing();
  readonly options: ConnectionOptions = new ConnectionOptions();
  state: HeadState = "incomplete";
  violation: Violation | null = null;
  /** How the body that really follows is framed. */
  bodyKind: BodyKind = "none";
  /** The backend keeps this connection open after the body. */
  isPersistent = true;

  constructor(limits: HeadLimits, decode: Latin1Decoder) {
    this.#line = new StatusLine(limits);
    this.#head = new HeadParser(this.#line, limits, decode);
  }

  get text(): string {
    return this.#head.text;
  }

  get fields(): FieldTable {
    return this.#head.fields;
  }

  get status(): number {
    return this.#line.status;
  }

  get minor(): number {
    return this.#line.minor;
  }

  /** The protocols that a 101 switches to; "" when it names none. */
  get upgrade(): string {
    const index = this.fields.find(FieldId.upgrade);
    if (index === -1 || !this.options.upgrade) return "";
    return this.text.slice(this.fields.valueStart(index), this.fields.valueEnd(index));
  }

  /** The value of the first field with this lower-case name; for the few readers of other fields. */
  valueNamed(name: string): string | null {
    const { fields, text } = this;
    const index = fields.findNamed(text, name);
    return index === -1 ? null : text.slice(fields.valueStart(index), fields.valueEnd(index));
  }

  /** The status line is already what we would write: HTTP/1.1, and both its spaces. */
  get isLineCanonical(): boolean {
    return this.#line.isCanonical;
  }

  get reasonStart(): number {
    return this.#line.reasonStart;
  }

  get reasonEnd(): number {
    return this.#line.reasonEnd;
  }

  get isStarted(): boolean {
    return this.#head.isStarted;
  }

  reset(): void {
    this.#head.reset();
    this.state = "incomplete";
    this.violation = null;
  }

  /** `isHead`: the request was HEAD, so no body follows whatever the fields say. */
  feed(input: Uint8Array, start: number, end: number, isHead: boolean): number {
    const taken = this.#head.feed(input, start, end);
    this.state = this.#head.state;
    this.violation = this.#head.violation;
    if (this.state === "complete") {
      this.violation = this.#interpret(isHead);
      if (this.violation !== null) this.state = "invalid";
    }
    return taken;
  }

  #interpret(isHead: boolean): Violation | null {
    const violation = this.framing.read(this.text, this.fields, this.minor);
    if (violation !== null) return violation;
    this.options.read(this.text, this.fields);
    this.bodyKind = this.#bodyKind(isHead);
    const { options } = this;
    const staysOpen = this.minor === 1 ? !options.close : options.keepAlive && !options.close;
    this.isPersistent = staysOpen && this.bodyKind !== "until-close";
    return null;
  }

  #bodyKind(isHead: boolean): BodyKind {
    if (isHead || isBodyless(this.status)) return "none";
    return this.framing.kind === "none" ? "until-close" : this.framing.kind;
  }
}

/** The one place that knows which statuses never have a body (RFC 9110 6.4.1; security.md 0.11). */
export function isBodyless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}
