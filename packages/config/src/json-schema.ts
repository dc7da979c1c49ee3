import * as z from "zod";
import { deepFreeze } from "./deep-freeze.ts";
import { configSchema } from "./schema/config-schema.ts";
import type { SchemaNode } from "./schema-node.ts";

let made: SchemaNode | null = null;

/**
 * The JSON Schema (draft 2020-12) of the configuration file, from the same source that reads it, so
 * that editors complete and check what Evenkeel will accept. Frozen: made once, as that takes ten
 * times as long as to read a file with it.
 */
export function createJsonSchema(): SchemaNode {
  made ??= deepFreeze({
    title: "Evenkeel configuration",
    ...(z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12" }) as SchemaNode),
  });
  return made;
}
