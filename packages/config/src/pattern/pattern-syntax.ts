import { accepted, type Parsed, refused } from "../parsed.ts";
import { type CharacterSet, classes, complementOf, setOf } from "./character-set.ts";

/** What a pattern says, before it is made to run. */
export type PatternNode =
  | { readonly kind: "take"; readonly set: CharacterSet }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "all"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "any"; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly part: PatternNode;
      readonly min: number;
      /** Infinity: as often as it goes. */
      readonly max: number;
    };

export const longestPattern = 500;
const mostRepetitions = 100;
const deepestGroup = 20;

/**
 * Reads the part of JavaScript's syntax that a finite automaton can run: literals, `.`, classes,
 * `\d \w \s`, groups, `|`, `* + ? {m,n}`, `^` and `$`. Back references and look-around are not in it.
 */
export function parsePattern(text: string): Parsed<PatternNode> {
  if (text === "") return refused("a pattern must not be empty");
  if (text.length > longestPattern) {
    return refused(`a pattern has at most ${longestPattern} characters`);
  }
  if (!/^[\x20-\x7e]*$/.test(text)) {
    return refused("a pattern is visible ASCII; requests come percent-encoded");
  }
  const reader = new PatternReader(text);
  const node = reader.alternatives(0);
  if (reader.isAtEnd || reader.problem !== null) {
    return reader.problem === null ? accepted(node) : refused(reader.problem);
  }
  return refused(`pattern ${JSON.stringify(text)}: ")" closes no group; write \\) for itself`);
}

const empty: PatternNode = { kind: "all", parts: [] };

class PatternReader {
  readonly #text: string;
  #at = 0;
  /** The first thing that was wrong; reading stops there. */
  problem: string | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  alternatives(depth: number): PatternNode {
    const parts = [this.#sequence(depth)];
    while (this.#takes("|")) parts.push(this.#sequence(depth));
    return parts.length === 1 ? (parts[0] ?? empty) : { kind: "any", parts };
  }

  #sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (this.problem === null && !this.isAtEnd && !"|)".includes(this.#peek())) {
      parts.push(this.#repeated(this.#atom(depth)));
    }
    return { kind: "all", parts };
  }

  #atom(depth: number): PatternNode {
    const character = this.#next();
    if (character === "(") return this.#group(depth + 1);
    if (character === "^") return { kind: "start" };
    if (character === "$") return { kind: "end" };
    if (character === "[") return this.#class();
    if (character === ".") return { kind: "take", set: classes.any };
    if (character === "\\") return { kind: "take", set: this.#escaped() };
    if ("*+?{".includes(character)) return this.#fail(`${character} repeats nothing`);
    if ("]}".includes(character)) {
      return this.#fail(`${character} closes nothing; write \\${character} for itself`);
    }
    return { kind: "take", set: setOf(character) };
  }

  #group(depth: number): PatternNode {
    if (depth > deepestGroup) return this.#fail(`groups nest at most ${deepestGroup} deep`);
    if (this.#takes("?") && !this.#takes(":")) {
      return this.#fail("look-around and named groups are not supported; write (...)");
    }
    const node = this.alternatives(depth);
    return this.#takes(")") ? node : this.#fail("a group is not closed");
  }

  #repeated(part: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (bounds === null) return part;
    if (part.kind === "start" || part.kind === "end") return this.#fail("an anchor cannot repeat");
    // Lazy or greedy: the answer is yes or no, so it does not matter.
    this.#takes("?");
    if (!this.isAtEnd && "*+?{".includes(this.#peek())) {
      return this.#fail("one repetition after the other; put the first into a group");
    }
    return { kind: "repeat", part, ...bounds };
  }

  #bounds(): { min: number; max: number } | null {
    if (this.#takes("*")) return { min: 0, max: Infinity };
    if (this.#takes("+")) return { min: 1, max: Infinity };
    if (this.#takes("?")) return { min: 0, max: 1 };
    if (!this.#takes("{")) return null;
    const end = this.#text.indexOf("}", this.#at);
    const match = /^(\d{1,3})(,(\d{1,3})?)?$/.exec(
      end === -1 ? "" : this.#text.slice(this.#at, end),
    );
    if (match === null) {
      this.#fail("{ begins no count; write {2}, {2,} or {2,5}, or \\{ for itself");
      return null;
    }
    this.#at = end + 1;
    const min = Number(match[1]);
    const open = match[2] === undefined ? min : Infinity;
    const max = match[3] === undefined ? open : Number(match[3]);
    if (max < min || min > mostRepetitions || (max !== Infinity && max > mostRepetitions)) {
      this.#fail(`a count goes up to ${mostRepetitions}, the smaller one first`);
    }
    return { min, max };
  }

  #class(): PatternNode {
    const isNegated = this.#takes("^");
    const set = new Uint8Array(256);
    while (this.problem === null && !this.#takes("]")) {
      if (this.isAtEnd) return this.#fail("a class [...] is not closed");
      this.#classMember(set);
    }
    return { kind: "take", set: isNegated ? complementOf(set) : set };
  }

  #classMember(set: Uint8Array): void {
    const first = this.#classAtom();
    const isRange =
      this.#peek() === "-" && this.#at + 1 < this.#text.length && this.#text[this.#at + 1] !== "]";
    if (!isRange) {
      for (let code = 0; code < 256; code++) set[code] = (set[code] ?? 0) | (first[code] ?? 0);
      return;
    }
    this.#at++;
    const from = onlyCode(first);
    const to = onlyCode(this.#classAtom());
    if (from === null || to === null || to < from) {
      this.#fail("a range in [...] goes from one character up to another");
      return;
    }
    set.fill(1, from, to + 1);
  }

  #classAtom(): CharacterSet {
    const character = this.#next();
    return character === "\\" ? this.#escaped() : setOf(character);
  }

  #escaped(): CharacterSet {
    if (this.isAtEnd) this.#fail("\\ at the end escapes nothing");
    const character = this.#next();
    const named = classes.escapes.get(character);
    if (named !== undefined) return named;
    if (/[A-Za-z0-9]/.test(character)) this.#fail(`\\${character} is not supported`);
    return setOf(character);
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #next(): string {
    return this.#text[this.#at++] ?? "";
  }

  #takes(character: string): boolean {
    const isThere = this.#peek() === character;
    if (isThere) this.#at++;
    return isThere;
  }

  #fail(what: string): PatternNode {
    this.problem ??= `pattern ${JSON.stringify(this.#text)}: ${what}`;
    this.#at = this.#text.length;
    return empty;
  }
}

function onlyCode(set: CharacterSet): number | null {
  const code = set.indexOf(1);
  return code === set.lastIndexOf(1) && code !== -1 ? code : null;
}
