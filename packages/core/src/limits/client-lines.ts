import { Link, LinkedList } from "./linked-list.ts";

/** What waits, as its client's line knows it. */
export class Place<Item> {
  readonly item: Item;
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly line: ClientLine<Item>;
  readonly inLine: Link<Place<Item>>;
  /** Among all that wait, in the order in which they came. */
  readonly inAll: Link<Place<Item>>;
  isWaiting = true;

  /** For `WaitingQueue.add`. */
  constructor(item: Item, since: number, line: ClientLine<Item>) {
    this.item = item;
    this.since = since;
    this.line = line;
    this.inLine = new Link(this);
    this.inAll = new Link(this);
  }
}

/** Those of one client, in the order in which they came. */
export class ClientLine<Item> {
  readonly client: string;
  readonly places: LinkedList<Place<Item>> = new LinkedList();
  /** Among the lines, in the order of their turns. */
  readonly inTurns: Link<ClientLine<Item>>;
  /** Among the lines of the same length. */
  readonly inLength: Link<ClientLine<Item>>;

  constructor(client: string) {
    this.client = client;
    this.inTurns = new Link(this);
    this.inLength = new Link(this);
  }
}

/**
 * One line per client that waits, the lines in turns, and the longest of them at hand: who sends most has
 * to stand aside first (FQ-CoDel, RFC 8290). Every call takes the same time however many wait.
 */
export class ClientLines<Item> {
  readonly #byClient: Map<string, ClientLine<Item>> = new Map();
  readonly #turns: LinkedList<ClientLine<Item>> = new LinkedList();
  /** By length; a line is listed under the number of its places. */
  readonly #byLength: LinkedList<ClientLine<Item>>[] = [new LinkedList()];
  #longest = 0;

  /** Whose turn it is. */
  get first(): ClientLine<Item> | undefined {
    return this.#turns.first;
  }

  /** One of those with the most places; `preferred` if it is one. */
  longest(preferred: ClientLine<Item>): ClientLine<Item> {
    if (preferred.places.length === this.#longest) return preferred;
    return this.#byLength[this.#longest]?.first ?? preferred;
  }

  /** The client's line. A new one has its turn after all others, or before them. */
  lineOf(client: string, isNextTurn: boolean): ClientLine<Item> {
    const known = this.#byClient.get(client);
    if (known !== undefined) return known;
    const line = new ClientLine<Item>(client);
    this.#byClient.set(client, line);
    if (isNextTurn) this.#turns.prepend(line.inTurns);
    else this.#turns.append(line.inTurns);
    this.#listed(0).append(line.inLength);
    return line;
  }

  join(place: Place<Item>): void {
    place.line.places.append(place.inLine);
    this.#relist(place.line, place.line.places.length - 1);
  }

  /** An empty line goes. */
  leave(place: Place<Item>): void {
    const { line } = place;
    line.places.remove(place.inLine);
    this.#relist(line, line.places.length + 1);
    if (line.places.length > 0) return;
    this.#listed(0).remove(line.inLength);
    this.#turns.remove(line.inTurns);
    this.#byClient.delete(line.client);
  }

  /** It had its turn. */
  endTurn(line: ClientLine<Item>): void {
    this.#turns.remove(line.inTurns);
    this.#turns.append(line.inTurns);
  }

  #relist(line: ClientLine<Item>, formerLength: number): void {
    const { length } = line.places;
    this.#listed(formerLength).remove(line.inLength);
    this.#listed(length).append(line.inLength);
    // Lengths change by one, so the next shorter ones are the longest when the last longest is gone.
    if (length > this.#longest) this.#longest = length;
    else if (this.#listed(this.#longest).length === 0) this.#longest--;
  }

  #listed(length: number): LinkedList<ClientLine<Item>> {
    return (this.#byLength[length] ??= new LinkedList());
  }
}
