import * as z from "zod";
import { poolMembers } from "../../generation/placed-config.ts";
import { statusText } from "../../status-page.ts";
import { textAnswer } from "../admin-answer.ts";
import { type AdminRoute, json } from "../admin-route.ts";

const backendSchema = z.strictObject({
  url: z.string(),
  alive: z.boolean().describe("It may be sent requests now."),
});

/** What `listeners[].statusPath` answers on the port of the traffic. */
export const lbStatus: AdminRoute = {
  method: "GET",
  path: "/lb-status",
  summary: "Which backends get requests; `listeners[].statusPath` answers the same to clients.",
  results: [json("Of every pool.", z.strictObject({ backends: z.array(backendSchema) }))],
  answer: ({ config, scoreboard }) =>
    textAnswer(statusText(poolMembers(config).flat(), scoreboard), "application/json"),
};
