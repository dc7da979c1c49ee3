import { type LoopBalancer, runClosedLoop, seededRandom } from "../src/index.ts";

/** Exponential service times of mean 1. */
export function exponential(random: () => number): () => number {
  return () => -Math.log(1 - random());
}

/** Lognormal service times with σ = 1: a long tail, squared coefficient of variation e - 1. */
export function lognormal(random: () => number): () => number {
  return () => Math.exp(Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

export interface Run {
  readonly backends: number;
  readonly requests: number;
  readonly connections?: number;
  readonly seed?: number;
  readonly service?: (random: () => number) => () => number;
}

/** The picks of each backend; service times have random numbers of their own. */
export function countsOf(balancer: LoopBalancer, run: Run): number[] {
  const { backends, requests, connections = 1, seed = 1, service = exponential } = run;
  const serviceTime = service(seededRandom(seed + 0x9e3779b9));
  return runClosedLoop({ backends, requests, connections, serviceTime }, balancer);
}
