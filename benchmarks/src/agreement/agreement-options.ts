import { parseArgs } from "node:util";
import { UsageError } from "../options.ts";
import { type AgreementScenario, agreementScenarios } from "./agreement-scenarios.ts";

/** What the user asked for. */
export interface AgreementOptions {
  readonly scenarios: readonly AgreementScenario[];
  /** Undefined = all that the simulation has. */
  readonly strategies: readonly string[] | undefined;
  /** Length of each real run. */
  readonly seconds: number;
  readonly seed: number;
  readonly json: string | undefined;
  readonly writeDocs: boolean;
}

/** The text of `agreement --help`. */
export const AGREEMENT_HELP: string = `Runs the same scenario twice, with real backends and the real balancer and under the simulator's
virtual clock, and compares mean, p50, p99 and the order of the strategies.

usage: evenkeel-bench agreement [options]

  --scenario LIST     ${agreementScenarios.map(({ name }) => name).join(",")} (default: both)
  --strategies LIST   default: all that the simulation has
  --duration 30s      of each real run, whole seconds
  --seed 1            of arrivals and work; every strategy meets the same requests
  --json FILE         write every figure and the environment
  --write-docs        regenerate docs/simulator-agreement.md
  --help

examples:
  pnpm bench agreement
  pnpm bench agreement --scenario agreement-equal --strategies random,round-robin --duration 10s

exit codes: 0 they agree, 1 they do not or something failed, 2 usage
`;

const FLAGS = {
  scenario: { type: "string" },
  strategies: { type: "string" },
  duration: { type: "string", default: "30s" },
  seed: { type: "string", default: "1" },
  json: { type: "string" },
  "write-docs": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads the arguments after `agreement`; "help" when that is what was asked. Throws UsageError. */
export function parseAgreementOptions(args: readonly string[]): AgreementOptions | "help" {
  const values = parseFlags(args);
  if (values.help) return "help";
  return {
    scenarios: values.scenario === undefined ? agreementScenarios : chosen(values.scenario),
    strategies: values.strategies?.split(","),
    seconds: whole("--duration", /^([1-9]\d{0,4})s$/, values.duration, "30s"),
    seed: whole("--seed", /^(\d{1,9})$/, values.seed, "1"),
    json: values.json,
    writeDocs: values["write-docs"],
  };
}

function parseFlags(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>["values"] {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chosen(list: string): readonly AgreementScenario[] {
  return list.split(",").map((name) => {
    const found = agreementScenarios.find((scenario) => scenario.name === name);
    if (found !== undefined) return found;
    const valid = agreementScenarios.map((scenario) => scenario.name).join(", ");
    throw new UsageError(`--scenario: there is no "${name}"; valid are ${valid}`);
  });
}

function whole(flag: string, pattern: RegExp, text: string, example: string): number {
  const [, number] = pattern.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`${flag}: "${text}"; write it like ${example}`);
  return Number(number);
}
