import { accepted, type Parsed, refused } from "../parsed.ts";

/** So many in each span. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

const spans = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
const mostPerSecond = 1_000_000;

export const ratePattern: string = String.raw`^[1-9]\d*/[smh]$`;

/** Reads `100/s`, `10/m` or `5000/h`: whole numbers of 1 and more. */
export function parseRate(text: string): Parsed<Rate> {
  const [count = "", span, ...more] = text.split("/");
  const isCount = /^\d+$/.test(count);
  if (span === undefined && isCount) {
    return refused(`${text} does not say in which time; write a rate like ${count}/s`);
  }
  const perMs = spans.get(span ?? "");
  if (!isCount || perMs === undefined || more.length > 0) {
    return refused(`${JSON.stringify(text)} is not a rate; write it like 100/s, 10/m or 5000/h`);
  }
  const rate = { count: Number(count), perMs };
  if (rate.count === 0) return refused("must be at least 1; deny refuses everything");
  if (rate.count * 1_000 > mostPerSecond * perMs)
    return refused(`must be at most ${mostPerSecond}/s`);
  return accepted(rate);
}

/** Writes a rate so that {@link parseRate} reads it back. */
export function formatRate({ count, perMs }: Rate): string {
  const unit = [...spans].find(([, span]) => span === perMs)?.[0];
  if (unit === undefined) throw new RangeError(`${perMs} ms is no span of a rate`);
  return `${count}/${unit}`;
}
