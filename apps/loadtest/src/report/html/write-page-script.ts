import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

/** In the order in which they need each other; the page knows no modules. */
const parts = [
  "format-value.ts",
  "client/theme.ts",
  "client/axes.ts",
  "client/bands.ts",
  "client/lines.ts",
  "client/heat.ts",
  "client/main.ts",
];

/** The page's script: its parts without types, imports and exports, one after the other. */
export function pageScript(): string {
  const bodies = parts.map((part) => {
    const source = readFileSync(new URL(part, import.meta.url), "utf8");
    return stripTypeScriptTypes(source)
      .replaceAll(/^import [^;]*;$/gm, "")
      .replaceAll(/^export /gm, "")
      .replaceAll(/[ \t]+$/gm, "")
      .replaceAll(/\n{2,}/g, "\n")
      .trim();
  });
  return `// Made of the files in client/ by write-page-script.ts; change those and run it again.
(() => {
"use strict";
// Pictures of twice the resolution stay sharp on paper.
const screenRatio = devicePixelRatio;
Object.defineProperty(window, "devicePixelRatio", { get: () => Math.max(2, screenRatio) });
})();
/* uPlot */
(() => {
"use strict";
${bodies.join("\n")}
})();
`;
}

// Run after a part changed: `pnpm --filter @evenkeel/loadtest generate`.
if (import.meta.main) {
  const file = fileURLToPath(new URL("page-script.generated.js", import.meta.url));
  writeFileSync(file, pageScript());
}
