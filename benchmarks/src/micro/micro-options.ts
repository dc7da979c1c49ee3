import { parseArgs } from "node:util";
import { UsageError } from "../options.ts";

/** What the user asked for. */
export interface MicroOptions {
  /** Parts to measure, in order. */
  readonly parts: readonly MicroPart[];
  readonly rounds: number;
  readonly json: string | undefined;
  /** A file of an older run. */
  readonly compare: string | undefined;
  /** Folder of another checkout whose codec takes turns with ours. */
  readonly base: string | undefined;
  readonly writeDocs: boolean;
}

const PARTS = ["codec", "pick"] as const;
export type MicroPart = (typeof PARTS)[number];

/** The text of `micro --help`. */
export const MICRO_HELP = `Measures what the inner parts cost, in CPU nanoseconds of one process on one core: the HTTP/1.1
codec beside llhttp (Node's own), and picking a backend. Results are checked before they are timed.

usage: evenkeel-bench micro [options]

  --only codec|pick   one part alone
  --rounds 9          turns of each subject
  --json FILE         write every sample and the environment
  --compare FILE      show the change since a run that was kept with --json
  --base FOLDER       let the codec of another checkout take turns in the same run: the surest
                      comparison on a busy machine
  --write-docs        regenerate docs/benchmarks-micro.md
  --help

examples:
  pnpm bench micro
  pnpm bench micro --only codec --rounds 5
  git worktree add ../base main && pnpm bench micro --only codec --base ../base
  pnpm bench micro --json before.json    # then, with the change:
  pnpm bench micro --compare before.json

exit codes: 0 ok, 1 a parser is wrong or something failed, 2 usage
`;

const FLAGS = {
  only: { type: "string" },
  rounds: { type: "string", default: "9" },
  json: { type: "string" },
  compare: { type: "string" },
  base: { type: "string" },
  "write-docs": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

type FlagValues = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>["values"];

/** Reads the arguments after `micro`; "help" when that is all that was asked. Throws UsageError. */
export function parseMicroOptions(args: readonly string[]): MicroOptions | "help" {
  const values = parseFlags(args);
  if (values.help) return "help";
  const { only, json, compare, base } = values;
  if (only !== undefined && !isPart(only)) {
    throw new UsageError(`--only: there is no "${only}"; valid are ${PARTS.join(", ")}`);
  }
  if (!/^[1-9]\d{0,2}$/.test(values.rounds)) {
    throw new UsageError(`--rounds: "${values.rounds}" is not a whole number from 1 to 999`);
  }
  return {
    parts: only === undefined ? PARTS : [only],
    rounds: Number(values.rounds),
    json,
    compare,
    base,
    writeDocs: values["write-docs"],
  };
}

/** The shortest command that repeats such a run, without where its results went. */
export function microCommand({ parts, rounds, writeDocs }: MicroOptions): string {
  const only = parts.length === PARTS.length ? "" : ` --only ${parts.join()}`;
  return `pnpm bench micro${only} --rounds ${rounds}${writeDocs ? " --write-docs" : ""}`;
}

function parseFlags(args: readonly string[]): FlagValues {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isPart(name: string): name is MicroPart {
  return PARTS.some((part) => part === name);
}
