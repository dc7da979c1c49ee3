/** Where a value lies on an axis of `length`, and the marks on it. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** Logarithmic, from the power of ten or its half below `min` to the one above `max`. */
export function logScale(min: number, max: number, length: number): Scale {
  const low = Math.log10(Math.max(min, 1e-3));
  const high = Math.max(Math.log10(Math.max(max, 1e-3)), low + 0.3);
  const at = (value: number): number =>
    ((Math.log10(Math.max(value, 1e-3)) - low) / (high - low)) * length;
  const exponents = Array.from({ length: 12 }, (_, index) => index - 3);
  const candidates = exponents.flatMap((exponent) =>
    [1, 2, 5].map((digit) => digit * 10 ** exponent),
  );
  const inside = candidates.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
  const powers = inside.filter((tick) => Number.isInteger(Math.log10(tick)));
  return { at, ticks: inside.length <= 6 ? inside : powers };
}

/** From 0 to a round number at or above `max`. */
export function linearScale(max: number, length: number): Scale {
  const step = roundStep(max / 4);
  const count = Math.max(1, Math.ceil(max / step - 1e-9));
  const top = step * count;
  return {
    at: (value) => (value / top) * length,
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

function roundStep(step: number): number {
  if (step <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = [1, 2, 2.5, 5, 10].find((one) => one * power >= step - 1e-12) ?? 10;
  return digit * power;
}
