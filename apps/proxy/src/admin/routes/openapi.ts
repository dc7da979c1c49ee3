import * as z from "zod";
import { jsonAnswer } from "../admin-answer.ts";
import { type AdminRoute, json } from "../admin-route.ts";
import { createOpenApi } from "../openapi.ts";

/** The description of `calls` and of itself. */
export function describeCalls(calls: readonly AdminRoute[]): AdminRoute {
  const route: AdminRoute = {
    method: "GET",
    path: "/openapi.json",
    summary: "This description of the API.",
    results: [json("OpenAPI 3.1.", z.looseObject({ openapi: z.string() }))],
    answer: () => jsonAnswer(createOpenApi([...calls, route])),
  };
  return route;
}
