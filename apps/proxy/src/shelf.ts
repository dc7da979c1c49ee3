/**
 * Reusable objects of one thread. A parser is only needed while a head is being read, so idle
 * connections hold none.
 */
export class Shelf<Item extends { reset(): void }> {
  readonly #items: Item[] = [];
  readonly #make: () => Item;

  constructor(make: () => Item) {
    this.#make = make;
  }

  take(): Item {
    return this.#items.pop() ?? this.#make();
  }

  giveBack(item: Item): void {
    item.reset();
    this.#items.push(item);
  }
}
