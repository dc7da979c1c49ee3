import { readFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { parseDocument } from "yaml";
import { FaultError, type FaultSpec } from "./faults/fault-spec.ts";
import { parseFaultFlag } from "./faults/fault-text.ts";
import { readFault } from "./faults/read-fault.ts";
import { readFaults } from "./faults/read-faults.ts";
import { parseTimeline } from "./faults/timeline.ts";

/** What the flags of {@link faultOptions} become. */
export interface FaultFlags {
  readonly latency?: readonly FaultSpec[];
  readonly fault?: readonly FaultSpec[];
  readonly faults?: readonly FaultSpec[];
  readonly timeline?: readonly FaultSpec[];
}

/** The flags that break a backend from its start. */
export function faultOptions(): Option[] {
  return [
    new Option(
      "--latency <time>",
      "delay every response, e.g. 150ms or normal(20ms,5ms)",
    ).argParser(checked((text) => [{ fault: "latency", time: text }])),
    new Option(
      "--fault <fault>",
      "NAME[=VALUE],key=value,... from the list below; repeatable",
    ).argParser(checked((text) => [parseFaultFlag(text)])),
    new Option(
      "--faults <file>",
      "faults from a YAML or JSON file, as PUT /__faults takes them",
    ).argParser(checked(readFaultFile)),
    new Option(
      "--timeline <text>",
      "faults over time: 't=10s: status 503 30% for 20s; t=40s: hang'",
    ).argParser(checked(parseTimeline)),
  ];
}

/** All faults that the flags ask for. */
export function faultsOf({ latency, fault, faults, timeline }: FaultFlags): FaultSpec[] {
  return [latency, fault, faults, timeline].flatMap((specs) => specs ?? []);
}

/** Reads each as a fault, so that what is wrong with it is told as wrong use of the flag. */
function checked(read: (text: string) => FaultSpec[]) {
  return (text: string, previous: readonly FaultSpec[] = []): readonly FaultSpec[] => {
    try {
      return [...previous, ...read(text).map((spec) => readFault(spec).spec)];
    } catch (error) {
      if (error instanceof FaultError) throw new InvalidArgumentError(`${error.message}.`);
      throw error;
    }
  };
}

function readFaultFile(path: string): FaultSpec[] {
  const document = parseDocument(readText(path));
  const [error] = document.errors;
  if (error !== undefined) throw new FaultError(`${path}: ${error.message}`);
  try {
    return readFaults(document.toJS()).map(({ spec }) => spec);
  } catch (error) {
    if (error instanceof FaultError) throw new FaultError(`${path}: ${error.message}`);
    throw error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new FaultError(error instanceof Error ? error.message : String(error));
  }
}
