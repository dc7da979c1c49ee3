import * as fc from "fast-check";
import { loadCases } from "../corpus/corpus.ts";
import { messages } from "./message.ts";
import { type Mutation, mutate, mutations } from "./mutations.ts";

export interface FuzzCase {
  /** Seed, batch and place in it. */
  readonly origin: string;
  readonly input: Buffer;
  readonly segments: readonly Buffer[];
}

interface Plan {
  readonly source: number;
  readonly message: string;
  readonly edits: readonly Mutation[];
  readonly hasFollower: boolean;
  /** Where the bytes are cut into two writes; 0 leaves them whole. */
  readonly cut: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  source: fc.nat(9_999),
  message: messages,
  edits: mutations,
  hasFollower: fc.boolean(),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(400) }),
});

const follower = "GET /follower HTTP/1.1\r\nHost: follower.test\r\n\r\n";
const maxSeedBytes = 4_096;
const maxKept = 2_000;

/**
 * Cases by the seed alone: mutated messages, mutated rows of the corpus, and mutations of earlier
 * cases that led to something new.
 */
export class FuzzCases {
  readonly #seed: number;
  readonly #corpus: readonly string[];
  readonly #kept: string[] = [];
  #batches = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#corpus = loadCases("request")
      .map(({ raw, rawWithHost }) => (rawWithHost ?? raw).latin1Slice())
      .filter(({ length }) => length > 0 && length <= maxSeedBytes);
  }

  next(count: number): FuzzCase[] {
    const batch = this.#batches++;
    const seed = (Math.imul(this.#seed, 0x9e3779b1) + batch) | 0;
    return fc.sample(plan, { seed, numRuns: count }).map((one, index) => ({
      origin: `seed ${this.#seed}, batch ${batch}, case ${index}`,
      ...this.#caseOf(one),
    }));
  }

  /** This case led to something that was not seen before: the next ones may begin with it. */
  keep({ input }: FuzzCase): void {
    if (input.length <= maxSeedBytes && this.#kept.length < maxKept) {
      this.#kept.push(input.latin1Slice());
    }
  }

  get kept(): number {
    return this.#kept.length;
  }

  #caseOf({ source, message, edits, hasFollower, cut }: Plan): Omit<FuzzCase, "origin"> {
    const seeds = source % 10 < 2 ? this.#corpus : source % 10 < 4 ? this.#kept : [];
    const text = mutate(seeds[source % seeds.length] ?? message, edits);
    const input = Buffer.from(hasFollower ? text + follower : text, "latin1");
    const segments =
      cut === 0 || cut >= input.length ? [input] : [input.subarray(0, cut), input.subarray(cut)];
    return { input, segments };
  }
}
