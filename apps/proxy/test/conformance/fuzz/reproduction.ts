import type { Bench } from "../bench/bench.ts";
import { runRequest } from "../bench/run-request.ts";
import { brokenInvariants } from "../invariants.ts";
import type { FuzzCase } from "./cases.ts";

export interface Violation {
  readonly problems: readonly string[];
  readonly own: FuzzCase;
  /** The fewest bytes found that still break the same invariant; null when it did not happen again. */
  readonly minimal: Buffer | null;
}

const maxTries = 400;

/** Sends the case alone, and then ever fewer of its bytes. */
export async function reproduce(
  bench: Bench,
  own: FuzzCase,
  problems: readonly string[],
): Promise<Violation> {
  const { input, segments } = own;
  const wanted = problems[0]?.slice(0, 2);
  const breaks = async (bytes: Buffer, cuts: readonly Buffer[]): Promise<boolean> => {
    const broken = brokenInvariants(await runRequest(bench, bytes, cuts), bench.proxy);
    bench.proxy.faults.length = 0;
    return broken.some((problem) => problem.startsWith(wanted ?? ""));
  };
  if (!(await breaks(input, [input]))) {
    const isBySchedule = segments.length > 1 && (await breaks(input, segments));
    return { problems, own, minimal: isBySchedule ? input : null };
  }
  return { problems, own, minimal: await shrink(input, (bytes) => breaks(bytes, [bytes])) };
}

/** Leaves out ever smaller runs of bytes for as long as the rest still breaks. */
async function shrink(input: Buffer, breaks: (bytes: Buffer) => Promise<boolean>): Promise<Buffer> {
  let best = input;
  let tries = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && tries < maxTries;) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      tries++;
      if (shorter.length > 0 && (await breaks(shorter))) best = shorter;
      else at += size;
    }
  }
  return best;
}
