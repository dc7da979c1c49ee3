import { answerJson } from "../answer-json.ts";
import type { Route } from "./route.ts";

/** `/`, and every path that no other route knows: which backend this is. */
export const root: Route = {
  path: "/",
  kind: "traffic",
  answer({ backend, response }) {
    answerJson(response, 200, { backend: backend.name, requests: backend.tally.requests });
  },
};
