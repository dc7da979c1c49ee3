import { formatProblem } from "@evenkeel/config";
import * as z from "zod";
import type { ReloadResult } from "../generation/generations.ts";
import { type AdminAnswer, jsonAnswer, problemAnswer } from "./admin-answer.ts";

/** What an answer of `reloadAnswer` has besides `facts`. */
export const reloadFields: {
  readonly generation: z.ZodType<number>;
  readonly changes: z.ZodType<string[]>;
  readonly warnings: z.ZodType<string[]>;
} = {
  generation: z.int().describe("In force; also in `ETag`."),
  changes: z.array(z.string()).describe("One line for each setting that is not as it was."),
  warnings: z.array(z.string()),
};

type Facts = Readonly<Record<string, unknown>>;

/**
 * What became of a change: the generation that is in force and each setting that is not as it was, or 422
 * with everything that is wrong. `facts` stand beside them when it was done.
 */
export function reloadAnswer(result: ReloadResult, facts: Facts = {}, status = 200): AdminAnswer {
  if (!result.ok) return refusalOf(result);
  const { generation, changes } = result;
  const warnings = result.warnings.map(formatProblem);
  const answer = jsonAnswer({ ...facts, generation, changes, warnings }, status);
  const change = {
    subject: "configuration",
    from: { generation: generation - 1 },
    to: { generation, changes },
  };
  return { ...answer, headers: { ETag: etagOf(generation) }, change };
}

function refusalOf({ problems, generation }: Extract<ReloadResult, { ok: false }>): AdminAnswer {
  const lines = problems.map(formatProblem);
  const detail = `${lines.join("\n")}\nNothing has changed: generation ${generation} is in force.`;
  const answer = problemAnswer(422, detail);
  const errors = problems.map((problem, index) => ({ ...problem, text: lines[index] }));
  const body = { ...(JSON.parse(String(answer.body)) as object), generation, errors };
  return { ...answer, body: `${JSON.stringify(body)}\n` };
}

/** What `If-Match` is compared with. */
export function etagOf(generation: number): string {
  return `"${generation}"`;
}
