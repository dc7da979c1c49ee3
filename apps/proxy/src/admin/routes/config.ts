import { loadConfig, printSettings, redactSecrets } from "@evenkeel/config";
import * as z from "zod";
import type { Generations } from "../../generation/generations.ts";
import {
  type AdminAnswer,
  jsonAnswer,
  problemAnswer,
  textAnswer,
  withHeaders,
} from "../admin-answer.ts";
import { type AdminRequest, type AdminRoute, json } from "../admin-route.ts";
import { preferredType } from "../negotiate.ts";
import { etagOf, reloadAnswer, reloadFields } from "../reload-answer.ts";

const settingsSchema = z
  .looseObject({ pools: z.unknown() })
  .describe("A configuration as `evenkeel config schema` describes it.");

/**
 * The configuration in force in the words of the file, with every default, as JSON or with
 * `Accept: application/yaml` as YAML. Could be sent back as it is: `[redacted]` means the secret that is there.
 */
export const getConfig: AdminRoute = {
  method: "GET",
  path: "/api/v1/config",
  summary: "The configuration in force, with every default and without secrets.",
  results: [
    json("In the words of the file; the generation is in `ETag`.", settingsSchema),
    { meaning: "With `Accept: application/yaml`.", contentType: "application/yaml", schema: null },
  ],
  answer: ({ generations }, { accept }) => {
    const shown = redactSecrets(generations.settings);
    const type = preferredType(accept, ["application/json", "application/yaml"]);
    const answer =
      type === "application/yaml"
        ? textAnswer(printSettings(shown, new Map()), "application/yaml")
        : jsonAnswer(shown);
    const ETag = etagOf(generations.config.generation);
    return withHeaders(answer, { ETag, Vary: "Accept" });
  },
};

/**
 * Another configuration, whole, as JSON or YAML. Nothing is added to it: no variables, no flags, which hold
 * again with the next reload of the file.
 */
export const putConfig: AdminRoute = {
  method: "PUT",
  path: "/api/v1/config",
  takesText: true,
  summary: "Takes another configuration, whole or not at all.",
  isConditional: true,
  body: settingsSchema,
  results: [json("The new generation is in force.", z.strictObject(reloadFields))],
  problems: { 422: "`errors` has everything that is wrong with it; the old one stays in force." },
  answer: async ({ generations }, request) => {
    const { body: text } = request;
    if (typeof text !== "string") return problemAnswer(422, "a configuration is needed as body");
    const file = { path: "request body", text };
    const result = await generations.change(
      ({ written }) => loadConfig({ file, env: {}, overrides: [], secretsOf: written }),
      "the admin API (config)",
      () => isExpected(request, generations),
    );
    return result === "outdated" ? outdated(generations) : reloadAnswer(result);
  },
};

/** RFC 9110 13.1.1; a caller that names no generation means whichever is there. */
export function isExpected({ ifMatch }: AdminRequest, { config }: Generations): boolean {
  if (ifMatch === undefined || ifMatch.trim() === "*") return true;
  const own = etagOf(config.generation);
  return ifMatch.split(",").some((tag) => tag.trim() === own);
}

export function outdated({ config: { generation } }: Generations): AdminAnswer {
  const detail = `generation ${generation} is in force by now, which If-Match does not name`;
  return problemAnswer(412, detail, { ETag: etagOf(generation) });
}
