import type { FieldId } from "./field-names.ts";

/**
 * The one list of a head's field lines: framing, routing and forwarding all read it (security.md
 * 0.2). It holds positions inside the head's text, not strings, and is reused for every message.
 */
export class FieldTable {
  readonly #capacity: number;
  readonly #ids: Uint8Array;
  readonly #positions: Int32Array;
  readonly #dropped: Uint8Array;
  #droppedCount = 0;
  #seen = 0;
  count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#ids = new Uint8Array(capacity);
    this.#positions = new Int32Array(capacity * 4);
    this.#dropped = new Uint8Array(capacity);
  }

  get isFull(): boolean {
    return this.count === this.#capacity;
  }

  clear(): void {
    this.count = 0;
    this.#seen = 0;
    this.#droppedCount = 0;
  }

  add(id: FieldId, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const at = this.count * 4;
    this.#seen |= 1 << id;
    this.#dropped[this.count] = 0;
    this.#ids[this.count++] = id;
    this.#positions[at] = nameStart;
    this.#positions[at + 1] = nameEnd;
    this.#positions[at + 2] = valueStart;
    this.#positions[at + 3] = valueEnd;
  }

  id(index: number): FieldId {
    return this.#ids[index] as FieldId;
  }

  /** Whether any field has this id: saves a walk over the list. */
  has(id: FieldId): boolean {
    return (this.#seen & (1 << id)) !== 0;
  }

  /** The first field with this id, or -1. */
  find(id: FieldId): number {
    if (!this.has(id)) return -1;
    return this.#ids.indexOf(id);
  }

  /** The first field with this lower-case name, or -1; for the few readers of fields without an id. */
  findNamed(text: string, name: string): number {
    for (let index = 0; index < this.count; index++) {
      if (this.isNamed(text, index, name)) return index;
    }
    return -1;
  }

  /** Whether the line has this lower-case name; makes no string, for most lines do not. */
  isNamed(text: string, index: number, name: string): boolean {
    const start = this.nameStart(index);
    if (this.nameEnd(index) - start !== name.length) return false;
    for (let at = 0; at < name.length; at++) {
      const code = text.charCodeAt(start + at);
      const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
      if (lower !== name.charCodeAt(at)) return false;
    }
    return true;
  }

  /** Marks a line that the next hop must not see. */
  drop(index: number): void {
    this.#dropped[index] = 1;
    this.#droppedCount++;
  }

  /**
   * The text from `start`, which is the first line's or the first field's, without the lines that
   * were dropped; byte for byte and in order. Neighbours are copied as one block, so a head without
   * anything to remove costs one slice.
   */
  keptText(text: string, start: number): string {
    const end = text.length - 2;
    if (this.#droppedCount === 0) return text.slice(start, end);
    let kept = "";
    let blockStart = start;
    for (let index = 0; index < this.count; index++) {
      if (this.#dropped[index] === 0) continue;
      const lineStart = this.nameStart(index);
      if (lineStart > blockStart) kept += text.slice(blockStart, lineStart);
      blockStart = index + 1 < this.count ? this.nameStart(index + 1) : end;
    }
    return blockStart < end ? kept + text.slice(blockStart, end) : kept;
  }

  /** `keptText` of the field lines alone. */
  keptLines(text: string): string {
    return this.count === 0 ? "" : this.keptText(text, this.nameStart(0));
  }

  /** Where the field's line begins, and where the line before it ends. */
  nameStart(index: number): number {
    return this.#positions[index * 4] as number;
  }

  nameEnd(index: number): number {
    return this.#positions[index * 4 + 1] as number;
  }

  valueStart(index: number): number {
    return this.#positions[index * 4 + 2] as number;
  }

  valueEnd(index: number): number {
    return this.#positions[index * 4 + 3] as number;
  }
}
