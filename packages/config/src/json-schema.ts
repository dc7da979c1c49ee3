import * as z from "zod";
import { configSchema } from "./schema/config-schema.ts";
import type { SchemaNode } from "./schema-node.ts";

/**
 * The JSON Schema (draft 2020-12) of the configuration file, from the same source that reads it, so
 * that editors complete and check what Evenkeel will accept.
 */
export function createJsonSchema(): SchemaNode {
  return {
    title: "Evenkeel configuration",
    ...(z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12" }) as SchemaNode),
  };
}
