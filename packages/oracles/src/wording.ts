/** `1 request`, `2 requests` */
export function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `5 %` for 0.05 */
export function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`;
}

/** `0.00123`, `<1e-16` */
export function chance(probability: number): string {
  return probability < 1e-16 ? "<1e-16" : String(Number(probability.toPrecision(3)));
}
