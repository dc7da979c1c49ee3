/*
 * A CSV file that grows while a run is under way, in bounded memory. Rows are collected and written in the
 * background; each piece has its place in the file, so that a writer who gets too far ahead of the disk can
 * write the next piece at once, and so waits for it, without waiting for the ones before.
 */
import { close, fstatSync, openSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";

const pieceLength = 64 * 1024;
/** How far ahead of the disk the rows may be. */
const mostWaitingBytes = 4 * 1024 * 1024;

const closeFile = promisify(close);

/** One cell: a text is quoted where it must be, `null` is empty. */
export type Cell = string | number | null;

/** Open from its construction to {@link close}. */
export class CsvFile {
  readonly #descriptor: number;
  /** A pipe has no places: it takes one piece after the other. */
  readonly #hasPlaces: boolean;
  readonly #idle: (() => void)[] = [];
  #rows = "";
  #count = 0;
  #placed = 0;
  #waitingBytes = 0;
  #error: Error | undefined;

  /** Without headings it is a part of another file. @throws the system's error when the file cannot be written. */
  constructor(file: string, headings: readonly string[]) {
    this.#descriptor = openSync(file, "w");
    this.#hasPlaces = fstatSync(this.#descriptor).isFile();
    if (headings.length > 0) this.#add(headings);
  }

  /** Rows so far, the headings not counted. */
  get rows(): number {
    return this.#count;
  }

  /** Bytes that are on their way to the disk. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Adds a row. Takes no time, unless the disk is far behind: then it takes the disk's. */
  row(cells: readonly Cell[]): void {
    this.#count += 1;
    this.#add(cells);
  }

  #add(cells: readonly Cell[]): void {
    this.#rows += `${cells.map(cellText).join(",")}\n`;
    if (this.#rows.length >= pieceLength) this.#send();
  }

  /** Writes what is left and waits for all of it. @throws the first error of any write. */
  async close(): Promise<void> {
    this.#send();
    if (this.#waitingBytes > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await closeFile(this.#descriptor);
    if (this.#error !== undefined) throw this.#error;
  }

  #send(): void {
    const piece = Buffer.from(this.#rows);
    this.#rows = "";
    if (piece.length === 0 || this.#error !== undefined) return;
    const isFarAhead = this.#waitingBytes + piece.length > mostWaitingBytes;
    if (!this.#hasPlaces || isFarAhead) this.#writeNow(piece);
    else this.#writeSoon(piece);
  }

  #writeNow(piece: Buffer): void {
    try {
      for (let done = 0; done < piece.length;) {
        const place = this.#hasPlaces ? this.#placed + done : null;
        done += writeSync(this.#descriptor, piece, done, piece.length - done, place);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#placed += piece.length;
  }

  #writeSoon(piece: Buffer): void {
    const place = this.#placed;
    this.#placed += piece.length;
    this.#waitingBytes += piece.length;
    this.#writeRest(piece, place);
  }

  #writeRest(piece: Buffer, place: number): void {
    write(this.#descriptor, piece, 0, piece.length, place, (error, written) => {
      this.#waitingBytes -= error === null ? written : piece.length;
      if (error !== null) this.#fail(error);
      else if (written < piece.length) {
        return this.#writeRest(piece.subarray(written), place + written);
      }
      if (this.#waitingBytes === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  #fail(error: unknown): void {
    this.#error ??= error instanceof Error ? error : new Error(String(error));
  }
}

/** RFC 4180. */
function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
