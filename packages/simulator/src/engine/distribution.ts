import type { Random } from "@evenkeel/core";

/** How long a piece of work takes on a backend of speed 1, in milliseconds. */
export type Distribution =
  | { readonly kind: "const"; readonly valueMs: number }
  | { readonly kind: "exp"; readonly meanMs: number }
  | { readonly kind: "uniform"; readonly fromMs: number; readonly toMs: number }
  /** Truncated at 0 by drawing again, so its mean lies above `centreMs`. */
  | { readonly kind: "normal"; readonly centreMs: number; readonly deviationMs: number }
  /** `sigma` is the deviation of the logarithm. */
  | { readonly kind: "lognormal"; readonly medianMs: number; readonly sigma: number }
  /** `alpha` above 1, or there is no mean. */
  | { readonly kind: "pareto"; readonly minMs: number; readonly alpha: number }
  | {
      readonly kind: "bimodal";
      readonly usualMs: number;
      readonly rareMs: number;
      /** 0 to 1. */
      readonly rareShare: number;
    };

type Kind = Distribution["kind"];
type Of<K extends Kind> = Extract<Distribution, { readonly kind: K }>;

interface Shape<D> {
  meanMs(distribution: D): number;
  sampler(distribution: D, random: Random): () => number;
}

/** A kind without its shape is a compile error. */
const shapes: { readonly [K in Kind]: Shape<Of<K>> } = {
  const: {
    meanMs: ({ valueMs }) => valueMs,
    sampler:
      ({ valueMs }) =>
      () =>
        valueMs,
  },
  exp: {
    meanMs: ({ meanMs }) => meanMs,
    sampler:
      ({ meanMs }, random) =>
      () =>
        -Math.log(1 - random()) * meanMs,
  },
  uniform: {
    meanMs: ({ fromMs, toMs }) => (fromMs + toMs) / 2,
    sampler:
      ({ fromMs, toMs }, random) =>
      () =>
        fromMs + random() * (toMs - fromMs),
  },
  normal: {
    meanMs: ({ centreMs, deviationMs }) => truncatedMean(centreMs, deviationMs),
    sampler:
      ({ centreMs, deviationMs }, random) =>
      () =>
        truncatedNormal(centreMs, deviationMs, random),
  },
  lognormal: {
    meanMs: ({ medianMs, sigma }) => medianMs * Math.exp(sigma ** 2 / 2),
    sampler:
      ({ medianMs, sigma }, random) =>
      () =>
        medianMs * Math.exp(sigma * standardNormal(random)),
  },
  pareto: {
    meanMs: ({ minMs, alpha }) => (minMs * alpha) / (alpha - 1),
    sampler:
      ({ minMs, alpha }, random) =>
      () =>
        minMs * (1 - random()) ** (-1 / alpha),
  },
  bimodal: {
    meanMs: ({ usualMs, rareMs, rareShare }) => usualMs * (1 - rareShare) + rareMs * rareShare,
    sampler:
      ({ usualMs, rareMs, rareShare }, random) =>
      () =>
        random() < rareShare ? rareMs : usualMs,
  },
};

/** The compiler cannot see that a distribution and the shape of its kind belong together. */
function shapeOf(distribution: Distribution): Shape<Distribution> {
  return shapes[distribution.kind];
}

/** Expected value, in milliseconds. */
export function meanMsOf(distribution: Distribution): number {
  return shapeOf(distribution).meanMs(distribution);
}

/** The same shape with another mean: everything is that many times longer. */
export function withMean(distribution: Distribution, meanMs: number): Distribution {
  const factor = meanMs / meanMsOf(distribution);
  const scaled = Object.entries(distribution).map(([name, value]) => {
    const isTime = name.endsWith("Ms") && typeof value === "number";
    return [name, isTime ? value * factor : value];
  });
  return Object.fromEntries(scaled) as Distribution;
}

/** A sampler over `random`. */
export function samplerOf(distribution: Distribution, random: Random): () => number {
  return shapeOf(distribution).sampler(distribution, random);
}

/** Box and Muller 1958; the second of the pair is not kept, so that a draw always takes two numbers. */
function standardNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

function truncatedNormal(centre: number, deviation: number, random: Random): number {
  for (;;) {
    const value = centre + deviation * standardNormal(random);
    if (value >= 0) return value;
  }
}

/** centre + deviation * φ(c) / Φ(c) with c = centre / deviation, the inverse Mills ratio. */
function truncatedMean(centre: number, deviation: number): number {
  if (deviation === 0) return centre;
  const c = centre / deviation;
  const density = Math.exp(-(c ** 2) / 2) / Math.sqrt(2 * Math.PI);
  return centre + (deviation * density) / normalCdf(c);
}

/** Abramowitz and Stegun 26.2.17; wrong by less than 7.5e-8. */
function normalCdf(x: number): number {
  if (x < 0) return 1 - normalCdf(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const coefficients = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = coefficients.reduceRight((sum, coefficient) => (sum + coefficient) * t, 0);
  return 1 - (Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
