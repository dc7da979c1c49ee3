import type { Parsed } from "@evenkeel/config";
import type { Random } from "../seeded-random.ts";
import { accepted, duration, number, type Reader, refused, share } from "./parameter.ts";

/** A time that is drawn anew for every request. */
export interface Distribution {
  /** Milliseconds, never negative. */
  draw(random: Random): number;
}

interface Shape {
  /** As it is typed. */
  readonly example: string;
  readonly arguments: readonly Reader<number>[];
  /** The arguments in milliseconds and plain numbers; a text says why they do not fit together. */
  create(...values: number[]): Distribution | string;
}

const exponent = number(0.01, 100);
const sigma = number(0, 10);

const constant: Shape = {
  example: "constant(150ms)",
  arguments: [duration],
  create: (valueMs = 0) => ({ draw: () => valueMs }),
};

const exponential: Shape = {
  example: "exponential(20ms)",
  arguments: [duration],
  create: (meanMs = 0) => ({ draw: (random) => -Math.log(1 - random()) * meanMs }),
};

/** The simulator's words for the same shapes (`const`, `exp`) are understood too. */
const shapes: Readonly<Record<string, Shape>> = {
  constant,
  const: constant,
  uniform: {
    example: "uniform(10ms,40ms)",
    arguments: [duration, duration],
    create: (fromMs = 0, toMs = 0) =>
      fromMs > toMs
        ? "its second time must not be the shorter"
        : { draw: (random) => fromMs + random() * (toMs - fromMs) },
  },
  normal: {
    example: "normal(20ms,5ms)",
    arguments: [duration, duration],
    create: (centreMs = 0, deviationMs = 0) => ({
      draw: (random) => Math.max(0, centreMs + deviationMs * standardNormal(random)),
    }),
  },
  lognormal: {
    example: "lognormal(20ms,0.5)",
    arguments: [duration, sigma],
    create: (medianMs = 0, deviation = 0) => ({
      draw: (random) => medianMs * Math.exp(deviation * standardNormal(random)),
    }),
  },
  exponential,
  exp: exponential,
  pareto: {
    example: "pareto(10ms,2.5)",
    arguments: [duration, exponent],
    create: (minMs = 0, alpha = 1) => ({
      draw: (random) => minMs * (1 - random()) ** (-1 / alpha),
    }),
  },
  bimodal: {
    example: "bimodal(10ms,210ms,5%)",
    arguments: [duration, duration, share],
    create: (usualMs = 0, rareMs = 0, rareShare = 0) => ({
      draw: (random) => (random() < rareShare ? rareMs : usualMs),
    }),
  },
};

/** For the help. */
export const distributionExamples: readonly string[] = [
  ...new Set(Object.values(shapes).map(({ example }) => example)),
];

/** `150ms`, or a shape: uniform, normal (cut off at 0), lognormal(median,sigma), pareto(min,alpha), … */
export const distribution: Reader<Distribution> = {
  form: `a time like 150ms, or ${distributionExamples.join(", ")}`,
  read(text) {
    const match = /^([a-z]+)\(([^()]*)\)$/.exec(text.replaceAll(/\s/g, ""));
    if (match === null) return readConstant(text);
    const [, name = "", list = ""] = match;
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (shape === undefined) return refused(`there is no "${name}"`);
    return readShape(name, shape, list.split(","));
  },
};

function readConstant(text: string): Parsed<Distribution> {
  const time = duration.read(text);
  return time.ok ? accepted({ draw: () => time.value }) : refused(time.message);
}

function readShape(name: string, shape: Shape, texts: readonly string[]): Parsed<Distribution> {
  const example = `as in ${shape.example}`;
  if (texts.length !== shape.arguments.length) {
    return refused(`${name} needs ${shape.arguments.length} values, ${example}`);
  }
  const values: number[] = [];
  for (const [index, reader] of shape.arguments.entries()) {
    const text = texts[index] ?? "";
    const value = reader.read(text);
    if (!value.ok) return refused(`${name}: "${text}" is not ${reader.form}, ${example}`);
    values.push(value.value);
  }
  const created = shape.create(...values);
  return typeof created === "string" ? refused(`${name}: ${created}`) : accepted(created);
}

/** Box and Muller 1958; the second of the pair is not kept, so that a draw always takes two numbers. */
function standardNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
