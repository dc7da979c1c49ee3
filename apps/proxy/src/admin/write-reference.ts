import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createAdminApiPage } from "./reference-page.ts";
import { adminRoutes } from "./routes.ts";

// Run after a call changed: `pnpm --filter @evenkeel/proxy admin-api`.
const file = new URL("../../../../docs/reference/admin-api.md", import.meta.url);
writeFileSync(fileURLToPath(file), createAdminApiPage(adminRoutes));
