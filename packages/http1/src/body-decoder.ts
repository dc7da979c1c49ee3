import { ChunkedDecoder } from "./chunked-decoder.ts";
import type { BodyKind } from "./framing.ts";
import { type TrailerSide, forwardTrailers } from "./trailers.ts";
import type { Violation } from "./violation.ts";

const none: readonly string[] = [];

/**
 * Finds a body's bytes inside what arrives, without copying: `advance` says where the next run of
 * content lies (`dataStart`..`dataEnd` in the input just given) and whether the body has ended.
 */
export class BodyDecoder {
  readonly #side: TrailerSide;
  #named: ReadonlySet<string> | null = null;
  #dropped: readonly string[] = none;
  #kind: BodyKind = "none";
  #remaining = 0;
  #chunked: ChunkedDecoder | null = null;
  dataStart = 0;
  dataEnd = 0;
  isDone = true;
  violation: Violation | null = null;
  /** Content bytes so far. */
  received = 0;

  constructor(side: TrailerSide = "request") {
    this.#side = side;
  }

  /** `named` are the fields that end at this hop, as `Connection` lists them. */
  start(kind: BodyKind, length: number, named: ReadonlySet<string> | null = null): void {
    this.#named = named;
    this.#dropped = none;
    this.#kind = kind;
    this.#remaining = length;
    this.isDone = kind === "none" || (kind === "length" && length === 0);
    this.violation = null;
    this.received = 0;
    this.dataStart = this.dataEnd = 0;
    if (kind === "chunked") (this.#chunked ??= new ChunkedDecoder()).reset();
  }

  /** Lower-case names of trailers that the route removes. */
  dropTrailers(names: readonly string[]): void {
    this.#dropped = names;
  }

  /** The trailer lines that go on, once the body is whole; "" where there are none, and the next time. */
  takeTrailers(): string {
    if (this.#kind !== "chunked" || this.#chunked === null) return "";
    const section = this.#chunked.takeTrailers();
    if (section === "") return "";
    return forwardTrailers(section, {
      side: this.#side,
      named: this.#named,
      dropped: this.#dropped,
    });
  }

  get kind(): BodyKind {
    return this.#kind;
  }

  /** Content bytes of a `length` body that are still to come. */
  get remaining(): number {
    return this.#remaining;
  }

  /** Takes bytes from `start` and returns the position of the first one not taken. */
  advance(input: Uint8Array, start: number, end: number): number {
    this.dataStart = this.dataEnd = start;
    if (this.isDone || this.violation !== null) return start;
    const next =
      this.#kind === "chunked" ? this.#chunk(input, start, end) : this.#plain(start, end);
    this.received += this.dataEnd - this.dataStart;
    return next;
  }

  /** The peer closed its side: true when that is how this body is meant to end. */
  finish(): boolean {
    if (this.#kind === "until-close") this.isDone = true;
    return this.isDone;
  }

  #plain(start: number, end: number): number {
    if (this.#kind === "until-close") {
      this.dataEnd = end;
      return end;
    }
    const length = Math.min(end - start, this.#remaining);
    this.#remaining -= length;
    this.dataEnd = start + length;
    this.isDone = this.#remaining === 0;
    return start + length;
  }

  #chunk(input: Uint8Array, start: number, end: number): number {
    const chunked = this.#chunked as ChunkedDecoder;
    const next = chunked.advance(input, start, end);
    this.dataStart = chunked.dataStart;
    this.dataEnd = chunked.dataEnd;
    this.isDone = chunked.isDone;
    this.violation = chunked.violation;
    return next;
  }
}
