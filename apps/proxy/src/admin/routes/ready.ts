import * as z from "zod";
import { poolMembers } from "../../generation/placed-config.ts";
import { jsonAnswer, problemAnswer } from "../admin-answer.ts";
import { type AdminContext, type AdminRoute, json } from "../admin-route.ts";

/** Whether to send traffic here. */
export const readyz: AdminRoute = {
  method: "GET",
  path: "/readyz",
  isPublic: true,
  summary: "Whether to send traffic here.",
  results: [json("Yes.", z.strictObject({ status: z.literal("ready") }))],
  problems: { 503: "No: `starting`, `draining`, or which pools have no ready backend." },
  answer: (context) => {
    const reasons = reasonsAgainst(context);
    if (reasons.length === 0) return jsonAnswer({ status: "ready" });
    return problemAnswer(503, reasons.join("; "));
  },
};

function reasonsAgainst({ phase, config, scoreboard }: AdminContext): string[] {
  const now = phase();
  if (now !== "serving") return [now];
  const members = poolMembers(config);
  return config.pools.flatMap(({ name }, index) => {
    const isReady = members[index]?.some(({ slot }) => scoreboard.isReady(slot)) ?? false;
    return isReady ? [] : [`pool ${name} has no ready backend`];
  });
}
