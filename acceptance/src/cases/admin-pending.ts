/*
 * Rows of the admin contract that are not built yet. Each knows what it will have to answer; take its `pending`
 * away when it is there.
 */
import type { AcceptanceCase } from "../case.ts";
import { caseOf, must, mustEqual } from "../check.ts";
import { askJson } from "../stage/ask.ts";
import type { Stage } from "../stage/stage.ts";

const notYet = "this call of the admin API is not built yet";

interface Call {
  readonly name: string;
  readonly path: string;
  readonly fields: readonly string[];
}

const calls: readonly Call[] = [
  { name: "lb-status", path: "/lb-status", fields: ["backends"] },
  {
    name: "figures",
    path: "/api/v1/metrics",
    fields: [
      "total_requests",
      "requests_per_second",
      "active_connections",
      "avg_response_time_ms",
      "error_rate",
      "backends_healthy",
      "backends_unhealthy",
    ],
  },
];

export const adminPendingCases: readonly AcceptanceCase[] = calls.map((call) =>
  caseOf("admin", call.name, {
    sentence: `GET ${call.path} answers with ${call.fields.join(", ")}`,
    pending: notYet,
    check: async (stage) => await checkCall(stage, call),
  }),
);

async function checkCall(stage: Stage, { path, fields }: Call) {
  const backend = await stage.backend("Server-1");
  const balancer = await stage.proxyFor([backend.origin], {}, { admin: "127.0.0.1:0" });
  const { status, json } = await askJson(balancer.adminOrigin + path);
  mustEqual(status, 200, "the status");
  for (const field of fields) must(field in json, `the answer has no ${field}`);
  return [{ name: "fields", value: `${fields.length}` }];
}
