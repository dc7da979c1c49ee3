import { type Document, LineCounter, parseDocument } from "yaml";
import type { Position } from "./position.ts";

export interface YamlText {
  readonly document: Document.Parsed;
  readonly faults: readonly YamlFault[];
  positionAt(offset: number): Position;
}

export interface YamlFault {
  readonly position: Position;
  readonly message: string;
}

/** Parses YAML 1.2 (which JSON is a part of). Duplicate keys are left to whoever walks the tree. */
export function parseYamlText(text: string): YamlText {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false,
    // A %YAML 1.1 directive would otherwise turn "10:30" into 630 and bring back sets and dates.
    schema: "core",
    resolveKnownTags: false,
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    position: positionAt(pos[0]),
    message: explain(code, message),
  }));
  return { document, faults: onePerLine(faults), positionAt };
}

function explain(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "only one document is possible; remove the second ---";
  if (code === "RESOURCE_EXHAUSTION") return "the text is nested too deeply";
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

/** One slip makes the parser complain several times; the first complaint of a line is the cause. */
function onePerLine(faults: readonly YamlFault[]): YamlFault[] {
  const sorted = faults.toSorted((a, b) => a.position.line - b.position.line);
  return sorted.filter((fault, i) => fault.position.line !== sorted[i - 1]?.position.line);
}
