import { jsonAnswer, problemAnswer } from "../admin-answer.ts";
import type { AdminRoute } from "../admin-route.ts";

const expected = `expected { "algorithm": name or mapping, "pool": name }; pool may be left out where there is one`;

/** Another strategy for a pool, from the next request on. */
export const changeAlgorithm: AdminRoute = {
  method: "POST",
  path: "/admin/algorithm",
  answer: async ({ strategies }, { body }) => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      return problemAnswer(422, expected);
    }
    const { algorithm, pool: named, ...others } = body as Record<string, unknown>;
    const pool = named ?? (strategies.pools.length === 1 ? strategies.pools[0] : undefined);
    const isWrong = algorithm === undefined || Object.keys(others).length > 0;
    if (isWrong || typeof pool !== "string") {
      return problemAnswer(422, `${expected}; pools: ${strategies.pools.join(", ")}`);
    }
    const previous = strategies.of(pool)?.type;
    const problem = await strategies.set(pool, algorithm);
    if (problem !== null) return problemAnswer(422, problem);
    return jsonAnswer({ pool, algorithm: strategies.of(pool)?.type, previous });
  },
};
