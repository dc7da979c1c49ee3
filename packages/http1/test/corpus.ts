import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** `../shared/corpora` beside the repository; its README explains every field. */
const folder = fileURLToPath(new URL("../../../../shared/corpora/", import.meta.url));

export interface CorpusCase {
  readonly id: string;
  readonly kind: "request" | "response";
  readonly expect: string;
  readonly name: string;
  readonly note: string;
  readonly tags: readonly string[];
  readonly raw_b64: string;
  readonly raw_host_b64?: string;
}

interface ReferenceVerdict {
  readonly id: string;
  readonly haproxy: { readonly verdict: string };
  readonly nginx: { readonly verdict: string };
}

export const hasCorpora: boolean = existsSync(folder);
if (!hasCorpora) console.log(`corpora tests are skipped: ${folder} is absent`);

export const cases: readonly CorpusCase[] = readLines<CorpusCase>("cases.jsonl");

/** Ids of the requests that HAProxy and nginx both refuse: the gate of invariant I7. */
export const refusedByBoth: readonly string[] = readLines<ReferenceVerdict>(
  "reference-verdicts.jsonl",
)
  .filter(({ haproxy, nginx }) => haproxy.verdict === "refused" && nginx.verdict === "refused")
  .map(({ id }) => id);

/** The bytes to send: the form with Host where the original left it out. */
export function bytesOf(entry: CorpusCase): Uint8Array {
  return Buffer.from(entry.raw_host_b64 ?? entry.raw_b64, "base64");
}

/** The bytes as the original project wrote them. */
export function originalBytesOf(entry: CorpusCase): Uint8Array {
  return Buffer.from(entry.raw_b64, "base64");
}

function readLines<Row>(file: string): Row[] {
  if (!hasCorpora) return [];
  const lines = readFileSync(`${folder}${file}`, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Row);
}
