/** A place in a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where one entry of a file stands: its key (or list item) and its value. */
export interface EntryPosition {
  readonly key: Position;
  readonly value: Position;
}
