/** A value's place in a LinkedList; in one list at a time. */
export class Link<Value> {
  readonly value: Value;
  previous: Link<Value> | null = null;
  next: Link<Value> | null = null;

  constructor(value: Value) {
    this.value = value;
  }
}

/**
 * A list out of whose middle anything can be taken at once. Not a Set, which keeps a hole for every value
 * taken from its front and walks over all of them to find the first one.
 */
export class LinkedList<Value> {
  #first: Link<Value> | null = null;
  #last: Link<Value> | null = null;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): Value | undefined {
    return this.#first?.value;
  }

  get last(): Value | undefined {
    return this.#last?.value;
  }

  append(link: Link<Value>): void {
    link.previous = this.#last;
    link.next = null;
    if (this.#last === null) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#length++;
  }

  prepend(link: Link<Value>): void {
    link.previous = null;
    link.next = this.#first;
    if (this.#first === null) this.#last = link;
    else this.#first.previous = link;
    this.#first = link;
    this.#length++;
  }

  /** `link` must be in this list. */
  remove(link: Link<Value>): void {
    if (link.previous === null) this.#first = link.next;
    else link.previous.next = link.next;
    if (link.next === null) this.#last = link.previous;
    else link.next.previous = link.previous;
    link.previous = link.next = null;
    this.#length--;
  }
}
