/* A YAML scenario into options; whatever is wrong is said with line, column and the nearest valid name. */
import { readFile } from "node:fs/promises";
import { nearestName } from "@evenkeel/config/nearest-name";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type * as z from "zod";
import { LoadtestError } from "../../errors.ts";
import type { LoadOptions, RequestOptions } from "../load-options.ts";
import type { ResponseCheck } from "../load-plan.ts";
import {
  type Scenario,
  type ScenarioExpectation,
  scenarioKeys,
  type ScenarioRequest,
  scenarioSchema,
} from "./scenario-schema.ts";

/** What a scenario asks for. */
export interface ReadScenario {
  readonly options: Partial<LoadOptions>;
  readonly thresholds: readonly string[] | undefined;
}

/** @throws LoadtestError `BAD_OPTION` with every problem of the file, one a line. */
export async function readScenario(file: string): Promise<ReadScenario> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new LoadtestError("BAD_OPTION", `--scenario: ${message}`, { cause: error });
  }
  return parseScenario(text, file);
}

/** The same from a text; `file` is for the messages. */
export function parseScenario(text: string, file: string): ReadScenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const syntax = document.errors.map(({ pos, message }) => {
    return placed(file, lines, pos[0], message.split("\n")[0] ?? message);
  });
  if (syntax.length > 0) throw bad(syntax);
  const result = scenarioSchema.safeParse(document.toJS());
  if (result.success) return optionsOf(result.data);
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, document));
  throw bad(
    problems
      .toSorted((a, b) => a.offset - b.offset)
      .map(({ offset, message }) => placed(file, lines, offset, message)),
  );
}

interface Problem {
  readonly offset: number;
  readonly message: string;
}

function problemsOf(issue: z.core.$ZodIssue, document: Document): Problem[] {
  const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const where = path.length === 0 ? "" : `${path.join(".")}: `;
  if (issue.code !== "unrecognized_keys") {
    return [{ offset: offsetOf(document, path), message: where + issue.message }];
  }
  return issue.keys.map((key) => {
    const nearest = nearestName(key, keysAt(path));
    const hint =
      nearest === null ? `there are ${keysAt(path).join(", ")}` : `did you mean ${nearest}?`;
    const message = `${where}there is no ${JSON.stringify(key)}; ${hint}`;
    return { offset: offsetOfKey(document, path, key), message };
  });
}

function offsetOfKey(document: Document, path: readonly (string | number)[], key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(map)
    ? map.items.find(({ key: name }) => isScalar(name) && name.value === key)
    : undefined;
  const range = isScalar(pair?.key) ? pair.key.range : undefined;
  return range?.[0] ?? offsetOf(document, path);
}

/** The keys that are valid at a path, from the schema. */
function keysAt([first, , third]: readonly (string | number)[]): readonly string[] {
  if (first === "load") return scenarioKeys.load;
  if (first === "requests") return third === "expect" ? scenarioKeys.expect : scenarioKeys.request;
  return scenarioKeys.root;
}

/** Where the value at `path` stands; where it is missing, what it is missing in. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function placed(file: string, lines: LineCounter, offset: number, message: string): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col} ${message}`;
}

function optionsOf(scenario: Scenario): ReadScenario {
  const { load = {}, target, headers, backendHeader, requests } = scenario;
  const { rate, duration, warmup, timeout, ...rest } = load;
  return {
    thresholds: scenario.thresholds,
    options: {
      ...rest,
      ...(target === undefined ? {} : { url: target }),
      headers: Object.entries(headers ?? {}),
      backendHeader,
      requestKinds: requests?.map(requestOf),
      ratePerSecond: rate,
      durationMs: duration,
      warmupMs: warmup,
      timeoutMs: timeout,
    },
  };
}

function requestOf(request: ScenarioRequest): RequestOptions {
  const { headers = {}, json, expect, body, ...rest } = request;
  const fields = Object.entries(headers);
  const hasType = fields.some(([name]) => name.toLowerCase() === "content-type");
  const isTyped = json !== undefined && !hasType;
  return {
    ...rest,
    body: json === undefined ? body : JSON.stringify(json),
    headers: isTyped ? [["Content-Type", "application/json"], ...fields] : fields,
    checks: checksOf(expect ?? {}),
  };
}

function checksOf({ status, body, contains }: ScenarioExpectation): ResponseCheck[] {
  return [
    ...(status === undefined ? [] : [{ kind: "status" as const, ranges: status }]),
    ...(body === undefined ? [] : [{ kind: "body" as const, text: body }]),
    ...(contains === undefined ? [] : [{ kind: "contains" as const, text: contains }]),
  ];
}

function bad(problems: readonly string[]): LoadtestError {
  const text = problems.length === 1 ? (problems[0] ?? "") : `\n  ${problems.join("\n  ")}`;
  return new LoadtestError("BAD_OPTION", `scenario ${text}`.trim());
}
