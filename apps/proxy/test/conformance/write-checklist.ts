import { writeFileSync } from "node:fs";
import { createChecklistPage } from "./checklist-page.ts";

writeFileSync(
  new URL("../../../../docs/conformance-checklist.md", import.meta.url),
  createChecklistPage(),
);
