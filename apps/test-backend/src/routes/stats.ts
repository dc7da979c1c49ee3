import { answerJson } from "../answer-json.ts";
import type { Route } from "./route.ts";

/** `/__stats`: what this backend really saw. */
export const stats: Route = {
  path: "/__stats",
  kind: "control",
  answer({ backend, response }) {
    answerJson(response, 200, backend.stats());
  },
};
