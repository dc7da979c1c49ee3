import { isDeepStrictEqual } from "node:util";
import type { ConfigProblem, ResolvedConfig } from "@evenkeel/config";
import { workerCount } from "../worker-count.ts";

/** By path, who gave a value: `evenkeel.yaml:5:7`, a variable, a flag, "default". */
type Origins = ReadonlyMap<string, string>;

/** What `next` would change that only a restart can, and why. */
export function fixedSettings(
  current: ResolvedConfig,
  next: ResolvedConfig,
  origins: Origins,
): ConfigProblem[] {
  const problems = [...workersOf(current, next), ...adminOf(current, next)];
  return problems.map((problem) => ({ ...problem, ...placeOf(problem.path, origins) }));
}

function placeOf(path: string, origins: Origins): Pick<ConfigProblem, "file" | "line" | "column"> {
  const origin = origins.get(path) ?? origins.get(`${path}.address`) ?? null;
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(origin ?? "") ?? [];
  if (file === undefined) return { file: origin, line: null, column: null };
  return { file, line: Number(line), column: Number(column) };
}

function workersOf(current: ResolvedConfig, next: ResolvedConfig): ConfigProblem[] {
  const [is, becomes] = [workerCount(current), workerCount(next)];
  if (is === becomes) return [];
  const isAsked = current.workers !== next.workers;
  const why = isAsked ? "" : ", because unix sockets alone are served by one worker";
  return [
    problem(
      "workers",
      `${is} workers run and ${becomes} are asked for${why}: what they share is laid out for their number; restart to change it`,
    ),
  ];
}

function adminOf(
  { admin: current }: ResolvedConfig,
  { admin: next }: ResolvedConfig,
): ConfigProblem[] {
  if (isDeepStrictEqual(current, next)) return [];
  return [
    problem(
      "admin",
      "the admin listener answers this call and does not change under it; restart to change it",
    ),
  ];
}

function problem(path: string, message: string): ConfigProblem {
  return { file: null, line: null, column: null, path, message, suggestion: null };
}
