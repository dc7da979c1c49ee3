import type { SchemaNode } from "@evenkeel/config";
import * as z from "zod";
import type { AdminResult, AdminRoute } from "./admin-route.ts";
import { problemsOf } from "./openapi.ts";

const introduction = `# Admin API reference

<!-- Written by apps/proxy/src/admin/write-reference.ts from the routes; change a route, then run
     \`pnpm --filter @evenkeel/proxy admin-api\`. -->

What the [admin listener](../admin.md) answers, and \`GET /openapi.json\` describes for programs. Every error is
an RFC 9457 problem document. \`{id}\` stands for a server's id, URL-encoded: \`web%2Fserver-1\`.
`;

const refusalsIntroduction = `
## What every call may answer

| Status | Why |
|---|---|
`;

/** The page of the user guide that lists every call: generated, so that it cannot be out of date. */
export function createAdminApiPage(routes: readonly AdminRoute[]): string {
  const common = new Map<string, string>();
  for (const route of routes) {
    for (const [status, meaning] of Object.entries(
      problemsOf({ ...route, isConditional: false, problems: {} }),
    )) {
      common.set(status, meaning);
    }
  }
  const rows = [
    ...common,
    ["404", "There is no such call."],
    ["405", "The call takes another method; `Allow` says which."],
  ];
  const refusals = rows
    .toSorted(([one = ""], [other = ""]) => one.localeCompare(other))
    .map(([status, why]) => `| ${status} | ${why} |\n`);
  return introduction + routes.map(section).join("") + refusalsIntroduction + refusals.join("");
}

function section(route: AdminRoute): string {
  const { method, path, summary, isPublic = false, body, query = {}, problems = {} } = route;
  const conditional = route.isConditional === true ? [conditionRow] : [];
  const asked = Object.entries(query).map(([name, { meaning, schema }]) => {
    return [`\`?${name}\``, typeOf(nodeOf(schema)), meaning];
  });
  const refusals = Object.entries(problems).map(([status, why]) => [status, "problem", why]);
  const rows = [
    ...asked,
    ...conditional,
    ...(body === undefined ? [] : fieldRows(nodeOf(body), "body")),
    ...route.results.flatMap(resultRows),
    ...refusals,
  ];
  const open = isPublic ? " No token is asked for." : "";
  const table = rows.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
  return `\n## \`${method} ${path}\`\n\n${summary}${open}\n\n| | Type | Meaning |\n|---|---|---|\n${table}`;
}

const conditionRow = [
  "`If-Match`",
  "text",
  "A generation, as `ETag` gave it; 412 if it is not in force.",
];

function resultRows({ meaning, contentType, schema, status = 200 }: AdminResult): string[][] {
  const head = [String(status), `\`${contentType.split(";")[0]}\``, meaning];
  return [head, ...(schema === null ? [] : fieldRows(nodeOf(schema), ""))];
}

/** One row for every field, however deep. */
function fieldRows(node: SchemaNode, path: string): string[][] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const optional = node.required?.includes(key) === true ? "" : ", optional";
    const row = [`\`${name}\``, typeOf(child) + optional, child.description ?? ""];
    return [row, ...fieldRows(child, name)];
  });
  const { items, additionalProperties: named } = node;
  if (items !== undefined) own.push(...fieldRows(items, `${path}[]`));
  if (named !== undefined && named !== false) own.push(...fieldRows(named, `${path}.<name>`));
  return own;
}

function typeOf(node: SchemaNode): string {
  const { anyOf, enum: words, const: only, items } = node;
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(" or ");
  if (words !== undefined) return words.map((word) => `\`${String(word)}\``).join(", ");
  if (only !== undefined) return `\`${JSON.stringify(only).replaceAll('"', "")}\``;
  if (items !== undefined) return `list of ${typeOf(items)}s`;
  const types = typeof node.type === "string" ? [node.type] : (node.type ?? ["anything"]);
  return types.map((type) => names[type] ?? type).join(" or ");
}

const names: Readonly<Record<string, string>> = { object: "mapping", string: "text" };

function nodeOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: "input" }) as SchemaNode;
}
