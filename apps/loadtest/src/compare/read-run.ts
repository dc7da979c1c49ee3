import { readFile } from "node:fs/promises";
import * as z from "zod";
import { LoadtestError } from "../errors.ts";
import { type LoadDocument, loadSchema } from "../load/document.ts";

const count = z.number().int().nonnegative();

/** What a comparison needs of the file; the rest is taken as it is. */
const runSchema = z.looseObject({
  schema: z.literal(loadSchema),
  invalid: z.boolean(),
  invalidReasons: z.array(z.string()),
  plan: z.looseObject({ shape: z.looseObject({}) }),
  blocks: z.object({
    blockMs: z.number().positive(),
    blocks: z
      .array(
        z.object({
          offered: count,
          achieved: count,
          failed: count,
          latencyUs: z.array(z.tuple([count, count])),
        }),
      )
      .min(1),
  }),
});

/**
 * Reads what `run --json FILE` wrote.
 *
 * @throws LoadtestError `BAD_REPORT` that says what is wrong with the file.
 */
export async function readRun(file: string): Promise<LoadDocument> {
  const value = parsed(file, await textOf(file));
  const result = runSchema.safeParse(value);
  if (result.success) return result.data as unknown as LoadDocument;
  const schema =
    typeof value === "object" && value !== null ? Reflect.get(value, "schema") : undefined;
  if (schema !== loadSchema) {
    const found =
      typeof schema === "string" ? `its schema is ${JSON.stringify(schema)}` : "it names no schema";
    throw bad(file, `is no ${loadSchema}: ${found}; write one with run --json ${file}`);
  }
  const [issue] = result.error.issues;
  throw bad(file, `is not a valid ${loadSchema}: ${issue?.path.join(".")}: ${issue?.message}`);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw bad(
      file,
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad(
      file,
      `is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function bad(file: string, what: string, cause?: unknown): LoadtestError {
  return new LoadtestError("BAD_REPORT", `${file} ${what}`, { cause });
}
