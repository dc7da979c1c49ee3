import type { Latin1Buffer } from "./latin1-buffer.ts";

/** A size, and how many buffers of it a thread may own. */
interface Shelf {
  readonly bytes: number;
  readonly most: number;
  readonly free: Latin1Buffer[];
  owned: number;
}

/**
 * Copies of what cannot be written yet, in buffers that are used again: a new one for each body of more
 * than a few kilobytes is memory outside of V8's heap, and V8 may answer it with one full garbage
 * collection after the other (docs/decisions/0008-what-the-hot-path-costs.md). One per thread, 4.25 MB at
 * most; what finds no place gets a buffer of its own.
 *
 * A buffer is used again only after it was given back, and it counts as lent under the very view that
 * `keep` returned: an old view, given back late or twice, changes nothing for whoever has the memory now.
 */
export class KeptBuffers {
  readonly #small: Shelf = { bytes: 16 * 1024, most: 128, free: [], owned: 0 };
  readonly #large: Shelf = { bytes: 48 * 1024, most: 48, free: [], owned: 0 };
  /** The whole buffer by the view of it that somebody has. */
  readonly #lent = new Map<Latin1Buffer, Latin1Buffer>();

  /** A copy, to be given back with `giveBack` or, where somebody else goes on using it, `letGo`. */
  keep(data: Latin1Buffer): Latin1Buffer {
    const shelf = this.#shelfFor(data.length);
    const whole = data.length <= shelf.bytes ? take(shelf) : null;
    if (whole === null) return Buffer.from(data);
    data.copy(whole, 0);
    const view = whole.subarray(0, data.length);
    this.#lent.set(view, whole);
    return view;
  }

  /** Nobody uses the copy any more. Anything that is not lent may come here and is left alone. */
  giveBack(view: Latin1Buffer): void {
    const whole = this.#lent.get(view);
    if (whole === undefined) return;
    this.#lent.delete(view);
    this.#shelfFor(whole.length).free.push(whole);
  }

  /** Somebody goes on using the copy, and it cannot be known for how long: it is theirs. */
  letGo(view: Latin1Buffer): void {
    const whole = this.#lent.get(view);
    if (whole === undefined) return;
    this.#lent.delete(view);
    this.#shelfFor(whole.length).owned--;
  }

  /** Copies that are neither given back nor let go. */
  get lent(): number {
    return this.#lent.size;
  }

  #shelfFor(bytes: number): Shelf {
    return bytes <= this.#small.bytes ? this.#small : this.#large;
  }
}

/** null when all that the shelf may own is lent. */
function take(shelf: Shelf): Latin1Buffer | null {
  const free = shelf.free.pop();
  if (free !== undefined) return free;
  if (shelf.owned >= shelf.most) return null;
  shelf.owned++;
  return Buffer.allocUnsafeSlow(shelf.bytes);
}
