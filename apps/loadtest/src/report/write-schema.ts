import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { reportJsonSchema } from "./report-schema.ts";

// Run after the schema changed: `pnpm --filter @evenkeel/loadtest generate`.
const file = fileURLToPath(new URL("../../report.schema.json", import.meta.url));
writeFileSync(file, `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
