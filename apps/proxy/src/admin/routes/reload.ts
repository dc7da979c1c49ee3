import * as z from "zod";
import { problemAnswer } from "../admin-answer.ts";
import { type AdminRoute, json } from "../admin-route.ts";
import { reloadAnswer, reloadFields } from "../reload-answer.ts";

/** Reads the configuration again and goes by it, or says what is wrong and goes on as before. */
export const reload: AdminRoute = {
  method: "POST",
  path: "/admin/reload",
  summary: "Reads the configuration again and goes by it, whole or not at all.",
  body: z.strictObject({}),
  results: [json("The new generation is in force.", z.strictObject(reloadFields))],
  problems: {
    409: "The configuration came from a program: there is no file to read.",
    422: "`errors` has everything that is wrong with it; the old one stays in force.",
  },
  answer: async ({ generations, reread }, { body }) => {
    if (!isEmpty(body)) return problemAnswer(422, "this call takes no body, or {}");
    if (reread === null) {
      return problemAnswer(409, "the configuration came from a program: there is no file to read");
    }
    return reloadAnswer(await generations.change(reread, "the admin API (reload)"));
  },
};

function isEmpty(body: unknown): boolean {
  if (body === undefined) return true;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return false;
  return Object.keys(body).length === 0;
}
