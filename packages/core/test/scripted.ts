/** A Random or Clock that gives these numbers in turn, then fails: no decision takes more than it says. */
export function scripted(...numbers: number[]): () => number {
  const left = [...numbers];
  return () => {
    const next = left.shift();
    if (next === undefined) throw new Error("the script has no number left");
    return next;
  };
}

/** For decisions that must not depend on chance. */
export const noRandom: () => number = scripted();
