import { readAskedRequest } from "../../explain/asked-request.ts";
import { askedSchema, explanationSchema } from "../../explain/explanation-schema.ts";
import { explainRequest } from "../../explain/explain-request.ts";
import { jsonAnswer, problemAnswer } from "../admin-answer.ts";
import { type AdminRoute, json } from "../admin-route.ts";

/** What would become of a request, and why. A POST because it takes one, not because it changes anything. */
export const explain: AdminRoute = {
  method: "POST",
  path: "/api/v1/explain",
  summary:
    "Says what would become of a request at this moment, and why; changes and sends nothing.",
  body: askedSchema,
  results: [json("What would become of it.", explanationSchema)],
  problems: { 422: "The question is not one; the detail says which part of it." },
  answer: ({ config, scoreboard, health }, { body }) => {
    const read = readAskedRequest(body);
    if (!read.ok) return problemAnswer(422, read.message);
    const answer = explainRequest(read.asked, {
      config,
      scoreboard,
      health,
      now: performance.now(),
      wallNow: Date.now(),
      isLive: true,
    });
    if (!answer.ok) return problemAnswer(422, answer.message);
    return { ...jsonAnswer(answer.explanation), isQuestion: true };
  },
};
