import type { CharacterSet } from "./character-set.ts";
import type { PatternNode } from "./pattern-syntax.ts";

/** One step of a pattern as a nondeterministic automaton; steps follow each other unless they say so. */
export type Step =
  | { readonly kind: "take"; readonly set: CharacterSet }
  | { readonly kind: "start" | "end" | "match" }
  /** Goes on in every one of these places at once. */
  | { readonly kind: "fork"; readonly to: readonly number[] };

export const mostSteps = 2_000;

/** The steps of a pattern, or null when its repetitions make too many of them. */
export function programOf(node: PatternNode): readonly Step[] | null {
  const steps: Step[] = [];
  emit(node, steps);
  steps.push({ kind: "match" });
  return steps.length > mostSteps ? null : steps;
}

function emit(node: PatternNode, steps: Step[]): void {
  // Nested repetitions multiply; what is over the limit is refused whatever follows.
  if (steps.length > mostSteps) return;
  switch (node.kind) {
    case "all":
      for (const part of node.parts) emit(part, steps);
      return;
    case "any":
      emitAny(node.parts, steps);
      return;
    case "repeat":
      emitRepeat(node, steps);
      return;
    default:
      steps.push(node);
  }
}

function emitAny(parts: readonly PatternNode[], steps: Step[]): void {
  const fork = reserve(steps);
  const begins: number[] = [];
  const ends: number[] = [];
  for (const part of parts) {
    begins.push(steps.length);
    emit(part, steps);
    ends.push(reserve(steps));
  }
  steps[fork] = { kind: "fork", to: begins };
  for (const end of ends) steps[end] = { kind: "fork", to: [steps.length] };
}

function emitRepeat(
  { part, min, max }: Extract<PatternNode, { kind: "repeat" }>,
  steps: Step[],
): void {
  for (let count = 0; count < min; count++) {
    const before = steps.length;
    emit(part, steps);
    // Nothing, or nothing more: repeating it would only take time, and nested counts take ages.
    if (steps.length === before) break;
  }
  if (max === Infinity) {
    const fork = reserve(steps);
    emit(part, steps);
    steps.push({ kind: "fork", to: [fork] });
    steps[fork] = { kind: "fork", to: [fork + 1, steps.length] };
    return;
  }
  const forks: number[] = [];
  for (let count = min; count < max && steps.length <= mostSteps; count++) {
    forks.push(reserve(steps));
    emit(part, steps);
  }
  for (const fork of forks) steps[fork] = { kind: "fork", to: [fork + 1, steps.length] };
}

function reserve(steps: Step[]): number {
  return steps.push({ kind: "fork", to: [] }) - 1;
}
