import { strategyNames } from "@evenkeel/core";
import * as z from "zod";
import { jsonAnswer, problemAnswer } from "../admin-answer.ts";
import { unknownKeyIn } from "../../what-was-meant.ts";
import { type AdminRoute, json } from "../admin-route.ts";
import { changeNote } from "./servers.ts";

const expected = `expected { "algorithm": name or mapping, "pool": name }; pool may be left out where there is one`;

const strategyName = z.enum(strategyNames);
const resultSchema = z.strictObject({
  pool: z.string(),
  algorithm: strategyName.describe("How it picks from now on."),
  previous: strategyName.describe("How it picked until now."),
  note: z.string().describe("What a later reload does to the change."),
});
const bodySchema = z.strictObject({
  algorithm: z
    .union([strategyName, z.looseObject({ type: strategyName })])
    .describe("A name, or a mapping with options as in the configuration."),
  pool: z.string().optional().describe("May be left out where there is one."),
});

/** Another strategy for a pool, from the next request on. */
export const changeAlgorithm: AdminRoute = {
  method: "POST",
  path: "/admin/algorithm",
  summary:
    "Makes a pool pick by another strategy from the next request on, until the configuration is read again.",
  body: bodySchema,
  results: [json("The strategy before and after.", resultSchema)],
  problems: {
    422: "The strategy or the pool is unknown, or the strategy would ignore the pool's weights.",
  },
  answer: async (context, { body }) => {
    const { strategies } = context;
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      return problemAnswer(422, expected);
    }
    const unknown = unknownKeyIn(body, ["algorithm", "pool"]);
    if (unknown !== null) return problemAnswer(422, unknown);
    const { algorithm, pool: named } = body as Record<string, unknown>;
    const pool = named ?? (strategies.pools.length === 1 ? strategies.pools[0] : undefined);
    if (algorithm === undefined || typeof pool !== "string") {
      return problemAnswer(422, `${expected}; pools: ${strategies.pools.join(", ")}`);
    }
    const previous = strategies.of(pool)?.type;
    const problem = await strategies.set(pool, algorithm);
    if (problem !== null) return problemAnswer(422, problem);
    const next = strategies.of(pool)?.type;
    const change = { subject: `pool ${pool}`, from: previous, to: next };
    return {
      ...jsonAnswer({ pool, algorithm: next, previous, note: changeNote(context) }),
      change,
    };
  },
};
