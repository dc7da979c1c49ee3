import { writeFileSync } from "node:fs";
import { createReferencePage } from "./reference-page.ts";

const page = new URL("../../../docs/reference/test-backend.md", import.meta.url);
writeFileSync(page, createReferencePage());
