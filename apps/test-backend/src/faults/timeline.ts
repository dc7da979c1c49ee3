import { FaultError, type FaultSpec } from "./fault-spec.ts";
import { findFaultKind } from "./registry.ts";

const form = "t=10s: status 503 30% for 20s; t=40s: refuse for 5s";

/**
 * Reads a timeline: `t=TIME: FAULT [VALUE] [SHARE%] [key=value ...] [for TIME]`, several separated by
 * `;`. The words may come in any order, and a bare status is a `status` fault: `t=10s: 30% 503 for 20s`.
 */
export function parseTimeline(text: string): FaultSpec[] {
  return text
    .split(";")
    .filter((entry) => entry.trim() !== "")
    .map(parseEntry);
}

function parseEntry(entry: string): FaultSpec {
  const match = /^\s*t=(\S+?)\s*:\s*(.*?)\s*$/s.exec(entry);
  if (match === null) throw new FaultError(`timeline: "${entry.trim()}" is not like "${form}"`);
  const [, start = "", words = ""] = match;
  // `30 %` and `uniform(1ms, 2ms)` are one word each.
  const joined = words.replaceAll(/(\d)\s+%/g, "$1%").replaceAll(/(?<=[(,=])\s+|\s+(?=[),=])/g, "");
  return new EntryReader(start, joined.split(/\s+/)).read();
}

class EntryReader {
  readonly #start: string;
  readonly #words: readonly string[];
  readonly #spec: Record<string, string> = {};
  #name: string | undefined;
  #value: string | undefined;

  constructor(start: string, words: readonly string[]) {
    this.#start = start;
    this.#words = words;
  }

  read(): FaultSpec {
    for (let i = 0; i < this.#words.length; i++) {
      const word = this.#words[i] ?? "";
      if (word !== "for") this.#readWord(word);
      else this.#set("for", this.#words[++i] ?? "");
    }
    const fault = this.#faultName();
    if (this.#value !== undefined) this.#set(mainOf(fault, this.#value), this.#value);
    return { fault, ...this.#spec, start: this.#start };
  }

  #readWord(word: string): void {
    const equals = word.indexOf("=");
    const before = equals === -1 ? word : word.slice(0, equals);
    const after = equals === -1 ? undefined : word.slice(equals + 1);
    if (this.#name === undefined && findFaultKind(before) !== undefined) {
      this.#name = before;
      if (after !== undefined) this.#value = after;
    } else if (after !== undefined) this.#set(before, after);
    else if (word.endsWith("%")) this.#set("probability", word);
    else if (this.#value === undefined) this.#value = word;
    else throw new FaultError(`timeline: what is "${word}"? Write it like "${form}"`);
  }

  #faultName(): string {
    if (this.#name !== undefined) return this.#name;
    if (/^\d{3}$/.test(this.#value ?? "")) return "status";
    const words = this.#words.join(" ");
    throw new FaultError(`timeline: "${words}" names no fault; write it like "${form}"`);
  }

  #set(name: string, value: string): void {
    if (name in this.#spec) throw new FaultError(`timeline: ${name} is given twice`);
    this.#spec[name] = value;
  }
}

function mainOf(fault: string, value: string): string {
  const main = findFaultKind(fault)?.main;
  if (main === undefined) throw new FaultError(`timeline: ${fault} takes no value, got "${value}"`);
  return main;
}
