import type { FieldTable } from "./field-table.ts";

/**
 * What a route changes about a head's lines, made ready once. Who makes it answers for its names and
 * values: none that says how the message is framed or what ends at this hop, and no line break.
 */
export interface LineChanges {
  /** Names in lower case whose lines do not go on. */
  readonly dropped: readonly string[];
  /** Lines that are written after the others, each with its CR LF. */
  readonly lines: string;
}

export interface RequestChanges extends LineChanges {
  /** The Host that the backend gets, null for the client's. */
  readonly host: string | null;
}

export function dropChanged(fields: FieldTable, text: string, { dropped }: LineChanges): void {
  for (const name of dropped) {
    for (let index = 0; index < fields.count; index++) {
      if (fields.isNamed(text, index, name)) fields.drop(index);
    }
  }
}
