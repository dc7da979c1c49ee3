import { createJsonSchema } from "./json-schema.ts";
import type { SchemaNode } from "./schema-node.ts";

const introduction = `// Written by write-schema.ts from the schema; change the schema, then run
// \`pnpm --filter @evenkeel/config schema\`.

/** A configuration in the words of the file, for programs that write one in TypeScript. */
export interface Settings `;

/** The TypeScript of what the file may hold: generated, so that it cannot be out of date. */
export function createSettingsType(): string {
  return `${introduction}${mappingType(createJsonSchema())}\n`;
}

function typeOf(node: SchemaNode): string {
  const forms = node.anyOf ?? node.oneOf;
  if (forms !== undefined) return [...new Set(forms.map(typeOf))].join(" | ");
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (node.type === "array") return `readonly (${typeOf(node.items ?? {})})[]`;
  if (node.type === "object") return mappingType(node);
  if (node.type === "integer" || node.type === "number") return "number";
  if (node.type === "boolean" || node.type === "string") return node.type;
  return "unknown";
}

function mappingType(node: SchemaNode): string {
  const { properties, additionalProperties: named } = node;
  if (properties === undefined && named) return `{ readonly [name: string]: ${typeOf(named)} }`;
  const required = new Set(node.required ?? []);
  const members = Object.entries(properties ?? {}).map(([key, child]) => {
    const type = required.has(key) ? `: ${typeOf(child)}` : `?: ${typeOf(child)} | undefined`;
    return `${docOf(child)}readonly ${key}${type};\n`;
  });
  return `{\n${members.join("")}}`;
}

function docOf({ description, default: preset }: SchemaNode): string {
  if (description === undefined) return "";
  const isScalar = ["string", "number", "boolean"].includes(typeof preset);
  const text = isScalar
    ? `${description} Default: ${preset as string | number | boolean}.`
    : description;
  return `/** ${text.replaceAll("*/", "* /")} */\n`;
}
