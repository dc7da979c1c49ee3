/**
 * The events to come, the earliest first; of events at the same time the one that was added first. So
 * the order is a function of the additions alone, and a run repeats to the byte. Two whole numbers say
 * what an event means; a popped event is read from `at`, `kind`, `subject` and `version`.
 */
export class EventHeap {
  at = 0;
  kind = 0;
  subject = 0;
  version = 0;
  #size = 0;
  #added = 0;
  #times = new Float64Array(1024);
  #orders = new Float64Array(1024);
  #kinds = new Uint8Array(1024);
  #subjects = new Int32Array(1024);
  #versions = new Int32Array(1024);

  get size(): number {
    return this.#size;
  }

  /** An event at Infinity never comes and is not kept. */
  add(at: number, kind: number, subject: number, version: number): void {
    if (at === Infinity) return;
    if (this.#size === this.#times.length) this.#grow();
    const order = this.#added++;
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      // Orders only grow: an equal time above was added before.
      if ((this.#times[parent] as number) <= at) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, at, order, kind, subject, version);
  }

  /** Takes the next event into the fields; false when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false;
    this.at = this.#times[0] as number;
    this.kind = this.#kinds[0] as number;
    this.subject = this.#subjects[0] as number;
    this.version = this.#versions[0] as number;
    const last = --this.#size;
    if (last > 0) this.#sink(last);
    return true;
  }

  /** Moves the event at `last` down from the root to where it belongs. */
  #sink(last: number): void {
    const at = this.#times[last] as number;
    const order = this.#orders[last] as number;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(child + 1, child)) child++;
      const childAt = this.#times[child] as number;
      if (childAt > at || (childAt === at && (this.#orders[child] as number) > order)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#move(last, hole);
  }

  #isBefore(one: number, other: number): boolean {
    const difference = (this.#times[one] as number) - (this.#times[other] as number);
    if (difference !== 0) return difference < 0;
    return (this.#orders[one] as number) < (this.#orders[other] as number);
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#orders[to] = this.#orders[from] as number;
    this.#kinds[to] = this.#kinds[from] as number;
    this.#subjects[to] = this.#subjects[from] as number;
    this.#versions[to] = this.#versions[from] as number;
  }

  #put(
    index: number,
    at: number,
    order: number,
    kind: number,
    subject: number,
    version: number,
  ): void {
    this.#times[index] = at;
    this.#orders[index] = order;
    this.#kinds[index] = kind;
    this.#subjects[index] = subject;
    this.#versions[index] = version;
  }

  #grow(): void {
    const size = this.#times.length * 2;
    this.#times = copyInto(new Float64Array(size), this.#times);
    this.#orders = copyInto(new Float64Array(size), this.#orders);
    this.#kinds = copyInto(new Uint8Array(size), this.#kinds);
    this.#subjects = copyInto(new Int32Array(size), this.#subjects);
    this.#versions = copyInto(new Int32Array(size), this.#versions);
  }
}

function copyInto<Cells extends { set(from: Cells): void }>(to: Cells, from: Cells): Cells {
  to.set(from);
  return to;
}
