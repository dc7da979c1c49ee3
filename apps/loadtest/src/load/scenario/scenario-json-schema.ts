import * as z from "zod";
import { scenarioSchema } from "./scenario-schema.ts";

/** The JSON Schema (draft 2020-12) of a scenario file, from the same source that reads it. */
export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "Evenkeel load test scenario",
    ...z.toJSONSchema(scenarioSchema, { io: "input", target: "draft-2020-12" }),
  };
}
