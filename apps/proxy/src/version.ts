import { readFileSync } from "node:fs";

const packageFile = readFileSync(new URL("../package.json", import.meta.url), "utf8");

/** Of the balancer. */
export const version: string = (JSON.parse(packageFile) as { readonly version: string }).version;
