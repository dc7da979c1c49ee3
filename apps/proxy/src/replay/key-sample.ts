import { splitPoint } from "@evenkeel/core";

const mostKeys = 50_000;

/**
 * Distinct keys, and whether each has moved, in bounded memory: when there are too many, those whose hash is in
 * the upper half of what was kept are dropped, and none like them is taken again. Which keys are kept depends
 * on nothing but their hash, so the share of those that moved is that of all.
 */
export class KeySample {
  /** Key to whether it moved. */
  readonly #moved: Map<string, boolean> = new Map();
  readonly #most: number;
  #bound = 1;

  constructor(most: number = mostKeys) {
    this.#most = most;
  }

  add(key: string, hasMoved: boolean): void {
    const known = this.#moved.get(key);
    if (known === undefined && splitPoint(key) >= this.#bound) return;
    if (known !== true) this.#moved.set(key, hasMoved);
    while (this.#moved.size > this.#most) this.#halve();
  }

  /** Of all keys, not only of those that were kept: an estimate once `isSampled`. */
  get keys(): number {
    return Math.round(this.#moved.size / this.#bound);
  }

  /** 0 to 1. */
  get movedShare(): number {
    if (this.#moved.size === 0) return 0;
    let moved = 0;
    for (const hasMoved of this.#moved.values()) if (hasMoved) moved++;
    return moved / this.#moved.size;
  }

  get isSampled(): boolean {
    return this.#bound < 1;
  }

  #halve(): void {
    this.#bound /= 2;
    for (const key of this.#moved.keys()) {
      if (splitPoint(key) >= this.#bound) this.#moved.delete(key);
    }
  }
}
