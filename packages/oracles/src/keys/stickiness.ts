/** Whether every key stayed where it was first seen. */
export interface StickinessJudgement {
  readonly verdict: "pass" | "fail" | "too-few-requests";
  readonly keys: number;
  /** Keys that were answered by more than one backend, with all of theirs. */
  readonly split: ReadonlyMap<string, ReadonlySet<string>>;
  readonly reasons: readonly string[];
}

/** The same key, the same backend, while no backend comes or goes. Each pair is one answered request. */
export function judgeStickiness(
  answers: Iterable<readonly [key: string, backend: string]>,
): StickinessJudgement {
  const seen = new Map<string, Set<string>>();
  let repeats = 0;
  for (const [key, backend] of answers) {
    const backends = seen.get(key);
    if (backends === undefined) seen.set(key, new Set([backend]));
    else {
      backends.add(backend);
      repeats++;
    }
  }
  const split = new Map([...seen].filter(([, backends]) => backends.size > 1));
  const reasons = [...split].map(
    ([key, backends]) => `key ${JSON.stringify(key)} was answered by ${[...backends].join(", ")}`,
  );
  const judgement = { keys: seen.size, split, reasons };
  if (split.size > 0) return { verdict: "fail", ...judgement };
  if (repeats > 0) return { verdict: "pass", ...judgement };
  return { verdict: "too-few-requests", ...judgement, reasons: ["no key was asked for twice"] };
}
