import { parseArgs } from "node:util";
import { exitCodes, ScriptError } from "./script-error.ts";

/** What the user asked `pnpm backends` to do. */
export type BackendsRequest =
  | { readonly action: "help" }
  | { readonly action: "stop" | "status"; readonly json: boolean }
  | {
      readonly action: "start";
      readonly json: boolean;
      readonly count: number;
      readonly port: number;
      /** Handed to every `evenkeel backend` as they are. */
      readonly backendArguments: readonly string[];
    };

/** The text of `--help`. */
export const helpText = `Usage: pnpm backends start|stop|status [options]

Test backends on 127.0.0.1 that keep running in the background.

Commands:
  start    start backends Server-1, Server-2, ... and wait until they are healthy
  stop     end the backends that start has started, and nothing else
  status   show them; exit code 1 unless there are some and all are healthy

Options:
  --count <n>     start: how many backends, 1 to 100 (default: 3)
  --port <port>   start: port of the first one, the others follow (default: 8081)
  --json          print JSON
  -h, --help      show this help
  -- <options>    start: options for every backend, see evenkeel backend --help

Examples:
  $ pnpm backends start --count 3 --port 8081
  $ pnpm backends start --count 2 --port 9001 -- --latency 150ms
  $ pnpm backends status --json
  $ pnpm backends stop
`;

const options = {
  count: { type: "string" },
  port: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

interface ParsedArguments {
  readonly values: { count?: string; port?: string; json?: boolean; help?: boolean };
  readonly positionals: readonly string[];
}

/** Reads the arguments; throws a ScriptError with exit code 2 that says what is wrong. */
export function readCommandLine(argv: readonly string[]): BackendsRequest {
  const mark = argv.indexOf("--");
  const own = mark === -1 ? argv : argv.slice(0, mark);
  const backendArguments = mark === -1 ? [] : argv.slice(mark + 1);
  const { values, positionals } = parseOwn(own);
  if (values.help === true) return { action: "help" };
  const [action, ...rest] = positionals;
  const json = values.json === true;
  if (rest.length > 0) throw usageError(`unexpected argument "${rest.join(" ")}"`);
  if (action === "start") return { action, json, backendArguments, ...readPorts(values) };
  if (action !== "stop" && action !== "status") {
    throw usageError(action === undefined ? "a command is missing" : `unknown command "${action}"`);
  }
  const startOnly = values.count ?? values.port ?? backendArguments[0];
  if (startOnly !== undefined) throw usageError(`${action} takes no option but --json`);
  return { action, json };
}

function readPorts(values: { count?: string; port?: string }): { count: number; port: number } {
  const count = readInteger("--count", values.count ?? "3", 1, 100);
  const port = readInteger("--port", values.port ?? "8081", 1, 65_536 - count);
  return { count, port };
}

function readInteger(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usageError(`${option} needs a whole number from ${min} to ${max}, got "${text}"`);
}

function parseOwn(args: readonly string[]): ParsedArguments {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [problem = ""] = String(error instanceof Error ? error.message : error).split(". ");
    throw usageError(problem);
  }
}

function usageError(problem: string): ScriptError {
  return new ScriptError(`${problem} (see pnpm backends --help)`, exitCodes.usage);
}
