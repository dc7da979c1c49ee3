import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { scenarioJsonSchema } from "./scenario-schema.ts";

// Run after the schema changed: `pnpm --filter @evenkeel/loadtest generate`.
const file = fileURLToPath(new URL("../../../scenario.schema.json", import.meta.url));
writeFileSync(file, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
