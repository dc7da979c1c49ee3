import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createJsonSchema } from "./json-schema.ts";
import { createReferencePage } from "./reference-page.ts";
import { createSettingsType } from "./settings-type.ts";

// Run after the schema changed: `pnpm --filter @evenkeel/config schema`.
writeText("../evenkeel.schema.json", `${JSON.stringify(createJsonSchema(), null, 2)}\n`);
writeText("./settings.ts", createSettingsType());
writeText("../../../docs/reference/configuration.md", createReferencePage());

function writeText(path: string, text: string): void {
  const file = fileURLToPath(new URL(path, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
