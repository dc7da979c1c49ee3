import { readAskedRequest } from "../../explain/asked-request.ts";
import { explainRequest } from "../../explain/explain-request.ts";
import { jsonAnswer, problemAnswer } from "../admin-answer.ts";
import type { AdminRoute } from "../admin-route.ts";

/** What would become of a request, and why. A POST because it takes one, not because it changes anything. */
export const explain: AdminRoute = {
  method: "POST",
  path: "/api/v1/explain",
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
    return answer.ok ? jsonAnswer(answer.explanation) : problemAnswer(422, answer.message);
  },
};
