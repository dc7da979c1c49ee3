import { existsSync, readFileSync } from "node:fs";

/** One line of cases.jsonl; ../shared/corpora/README.md explains the fields. */
export interface CorpusCase {
  readonly id: string;
  readonly kind: "request" | "response";
  readonly expect: Expectation;
  readonly note: string;
  readonly tags: readonly string[];
  readonly raw: Buffer;
  /** The same with a Host line, for fixtures that would be refused for lacking one. */
  readonly rawWithHost: Buffer | null;
}

export type Expectation =
  | "accept"
  | "reject"
  | "either"
  | "reject-or-normalise"
  | "oracle"
  | "config-dependent"
  | "lenient-mode";

interface CaseLine extends Omit<CorpusCase, "raw" | "rawWithHost"> {
  readonly raw_b64: string;
  readonly raw_host_b64?: string;
}

interface VerdictLine {
  readonly id: string;
  readonly haproxy: { readonly verdict: string };
  readonly nginx: { readonly verdict: string };
}

const folder = new URL("../../../../../../shared/corpora/", import.meta.url);

export const isCorpusPresent: boolean = existsSync(new URL("cases.jsonl", folder));

/** Empty, with a line that says so, where the repository was cloned without its shared folder. */
export function loadCases(kind: CorpusCase["kind"]): readonly CorpusCase[] {
  if (!isCorpusPresent) {
    process.stderr.write(`conformance: no corpus at ${folder.pathname}, nothing is replayed\n`);
    return [];
  }
  return linesOf<CaseLine>("cases.jsonl")
    .filter((line) => line.kind === kind)
    .map(({ raw_b64, raw_host_b64, ...rest }) => ({
      ...rest,
      raw: Buffer.from(raw_b64, "base64"),
      rawWithHost: raw_host_b64 === undefined ? null : Buffer.from(raw_host_b64, "base64"),
    }));
}

/** Ids of the cases that HAProxy and nginx both refuse (I7). */
export function refusedByBothReferences(): ReadonlySet<string> {
  if (!isCorpusPresent) return new Set();
  const refused = linesOf<VerdictLine>("reference-verdicts.jsonl").filter(
    ({ haproxy, nginx }) => haproxy.verdict === "refused" && nginx.verdict === "refused",
  );
  return new Set(refused.map(({ id }) => id));
}

function linesOf<Line>(file: string): Line[] {
  const text = readFileSync(new URL(file, folder), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}
