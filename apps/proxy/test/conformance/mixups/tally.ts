/** What became of the requests; everything that must not happen is a violation. */
export class Tally {
  readonly outcomes: Map<string, number> = new Map();
  readonly violations: string[] = [];
  #asked = 0;
  #allowed = 0;

  /** So many more requests may be made. */
  allow(requests: number): void {
    this.#allowed += requests;
  }

  get asked(): number {
    return this.#asked;
  }

  /** How many of `wanted` requests may still be made. */
  take(wanted: number): number {
    const granted = Math.min(wanted, this.#allowed - this.#asked);
    this.#asked += granted;
    return granted;
  }

  add(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  violate(what: string): void {
    this.add("violation");
    this.violations.push(what);
  }
}
