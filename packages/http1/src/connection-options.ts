import { FieldId, fieldIdOfText } from "./field-names.ts";
import type { FieldTable } from "./field-table.ts";
import { isTextAt } from "./known-text.ts";
import { isBlank } from "./octets.ts";

/** What all `Connection` lines of one head say (RFC 9110 7.6.1). Reused: `read` overwrites it. */
export class ConnectionOptions {
  close = false;
  keepAlive = false;
  upgrade = false;
  te = false;
  /** Lower-case names of the fields that end at this hop; usually none. A set, because a hostile
   * head has thousands of names to be compared with a hundred fields. */
  #named: Set<string> | null = null;

  read(text: string, fields: FieldTable): void {
    this.close = this.keepAlive = this.upgrade = this.te = false;
    this.#named = null;
    for (let index = 0; index < fields.count; index++) {
      if (fields.id(index) !== FieldId.connection) continue;
      const [start, end] = [fields.valueStart(index), fields.valueEnd(index)];
      if (isTextAt(text, start, end, "keep-alive")) this.keepAlive = true;
      else this.#readLine(text.slice(start, end).toLowerCase());
    }
  }

  /**
   * Whether a Connection line asks to remove this field. Only fields without a meaning of their own
   * for this proxy can be named: framing, routing, identity and credentials stay (row 53).
   */
  names(text: string, nameStart: number, nameEnd: number): boolean {
    return this.#named !== null && this.#named.has(text.slice(nameStart, nameEnd).toLowerCase());
  }

  /** Lower-case names of the fields that end here; null for none. Never changed once it was read. */
  get named(): ReadonlySet<string> | null {
    return this.#named;
  }

  #readLine(value: string): void {
    for (const member of value.split(",")) this.#readOption(trimBlanks(member));
  }

  #readOption(option: string): void {
    if (option === "close") this.close = true;
    else if (option === "keep-alive") this.keepAlive = true;
    else if (option === "upgrade") this.upgrade = true;
    else if (option === "te") this.te = true;
    else if (option !== "" && isNameable(fieldIdOfText(option))) {
      (this.#named ??= new Set()).add(option);
    }
  }
}

function isNameable(id: FieldId): boolean {
  return id === FieldId.other || id === FieldId.trailer;
}

/** Unlike `trim`, leaves 0xa0 alone: obs-text is no white space (RFC 9110 5.6.3). */
export function trimBlanks(member: string): string {
  let start = 0;
  let end = member.length;
  while (start < end && isBlank(member.charCodeAt(start))) start++;
  while (end > start && isBlank(member.charCodeAt(end - 1))) end--;
  return end - start === member.length ? member : member.slice(start, end);
}
