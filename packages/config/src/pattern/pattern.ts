import { accepted, type Parsed, refused } from "../parsed.ts";
import { parsePattern } from "./pattern-syntax.ts";
import { mostSteps, type Step, programOf } from "./program.ts";

/** The places in the program where a text that was read so far may be. */
interface State {
  /** Steps that take a character. */
  readonly takers: readonly number[];
  /** Whatever follows, the pattern has been found. */
  readonly isFound: boolean;
  /** It is found if nothing follows. */
  readonly isFoundAtEnd: boolean;
  /** By character code; made when first needed. */
  readonly next: (State | undefined)[];
}

/** Beyond this the states made so far are thrown away, so that memory stays bounded. */
const mostStates = 500;

/**
 * A pattern as an automaton that reads each character once, whatever the pattern and the text: no
 * request can make it backtrack. As with JavaScript's `test`, it is searched for anywhere in the text
 * unless `^` and `$` hold it. Text is Latin-1, as it came.
 */
export class Pattern {
  readonly #steps: readonly Step[];
  readonly #states = new Map<string, State>();
  #first: State | null = null;

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  test(text: string): boolean {
    let state = (this.#first ??= this.#stateOf([0], true));
    for (let at = 0; at < text.length; at++) {
      if (state.isFound) return true;
      const code = text.charCodeAt(at);
      state = state.next[code] ?? this.#advance(state, code);
    }
    return state.isFound || state.isFoundAtEnd;
  }

  #advance(state: State, code: number): State {
    // The pattern may also begin here.
    const places = [0];
    for (const taker of state.takers) {
      const step = this.#steps[taker] as Step;
      if (step.kind === "take" && step.set[code] === 1) places.push(taker + 1);
    }
    const next = this.#stateOf(places, false);
    if (code < 256) state.next[code] = next;
    return next;
  }

  #stateOf(places: readonly number[], isStart: boolean): State {
    const { takers, isFound } = this.#reach(places, isStart, false);
    const isFoundAtEnd = this.#reach(places, isStart, true).isFound;
    const key = `${takers.join()} ${isFound} ${isFoundAtEnd}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= mostStates) this.#forget();
    const state = { takers, isFound, isFoundAtEnd, next: [] };
    this.#states.set(key, state);
    return state;
  }

  #forget(): void {
    for (const { next } of this.#states.values()) next.length = 0;
    this.#states.clear();
    this.#first = null;
  }

  /** Follows everything that takes no character. */
  #reach(
    places: readonly number[],
    isStart: boolean,
    isEnd: boolean,
  ): { readonly takers: readonly number[]; readonly isFound: boolean } {
    const seen = new Uint8Array(this.#steps.length);
    const open = [...places];
    const takers: number[] = [];
    let isFound = false;
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen[place] === 1) continue;
      seen[place] = 1;
      const step = this.#steps[place] as Step;
      if (step.kind === "take") takers.push(place);
      else if (step.kind === "match") isFound = true;
      else if (step.kind === "fork") open.push(...step.to);
      else if (step.kind === "start" ? isStart : isEnd) open.push(place + 1);
    }
    return { takers: takers.toSorted((a, b) => a - b), isFound };
  }
}

/** Reads and compiles, or says what in the pattern is not supported. */
export function compilePattern(text: string): Parsed<Pattern> {
  const parsed = parsePattern(text);
  if (!parsed.ok) return parsed;
  const steps = programOf(parsed.value);
  if (steps === null) return refused(`the pattern's counts make it longer than ${mostSteps} steps`);
  return accepted(new Pattern(steps));
}
