import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createMetricsPage } from "./reference-page.ts";

// Run after a metric changed: `pnpm --filter @evenkeel/proxy metrics`.
const file = new URL("../../../../docs/reference/metrics.md", import.meta.url);
writeFileSync(fileURLToPath(file), createMetricsPage());
