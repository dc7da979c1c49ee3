import { isMapping } from "./config-path.ts";
import { createJsonSchema } from "./json-schema.ts";
import { childNode, formsOf, type SchemaNode } from "./schema-node.ts";

/** What stands where a secret was. No field takes it, so that it cannot be used by mistake. */
export const redacted = "[redacted]";

/** A copy of a configuration, in the words of the file, that may be shown and logged. */
export function redactSecrets(settings: unknown): unknown {
  return withoutSecrets(settings, createJsonSchema());
}

function withoutSecrets(value: unknown, node: SchemaNode): unknown {
  if (formsOf(node).some(({ writeOnly }) => writeOnly === true)) return redacted;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => withoutSecrets(item, childNode(node, index) ?? {}));
  }
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => {
    return [key, withoutSecrets(child, childNode(node, key) ?? {})] as const;
  });
  return Object.fromEntries(entries);
}
