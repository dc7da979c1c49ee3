import { OutOfTime } from "../case.ts";
import type { JsonLine } from "./program.ts";
import type { Stage } from "./stage.ts";

/** Codes with which a load test prints its document: kept, not kept, run invalid. */
const judged = [0, 99, 3] as const;

/** What a load test said. */
export interface LoadTest<Document> {
  readonly code: number | null;
  readonly document: Document;
}

/** Runs `evenkeel loadtest … --json` to its end. Throws when it came to no result. */
export async function loadTest<Document = JsonLine>(
  stage: Stage,
  command: readonly string[],
): Promise<LoadTest<Document>> {
  const { code, stdout, stderr } = await stage.run(["loadtest", ...command, "--json"]);
  if (!judged.some((one) => one === code)) {
    const told = `evenkeel loadtest ${command.join(" ")} ended with ${code}:\n${stderr}`;
    // What it starts has twenty seconds to listen.
    throw /was not ready within \d+ ms/.test(stderr) ? new OutOfTime(told) : new Error(told);
  }
  return { code, document: JSON.parse(stdout) as Document };
}
