import { createRequire } from "node:module";
import type { FieldPair } from "./drive-requests.ts";

/*
 * Node's own parser as a second opinion. `_http_common` is not documented, so it is for tests only
 * (node-performance.md section 4); no lenient flag is set.
 */
interface NativeParser {
  initialize(type: number, resource: object, maxHeaderBytes: number, lenient: number): void;
  execute(bytes: Uint8Array): number | (Error & { code: string; reason: string });
  [callback: number]: (...values: never[]) => number | void;
}

interface NativeParserClass {
  new (): NativeParser;
  readonly REQUEST: number;
  readonly kOnMessageBegin: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kLenientNone: number;
}

interface HttpCommon {
  readonly HTTPParser: NativeParserClass;
  readonly methods: readonly string[];
}

const { HTTPParser, methods } = createRequire(import.meta.url)("_http_common") as HttpCommon;

/** `http.METHODS` in llhttp's numbering, where QUERY stands apart behind the RTSP methods. */
const query = 46;
export const knownMethods: ReadonlySet<string> = new Set(methods);

export interface LlhttpMessage {
  readonly method: string;
  readonly url: string;
  readonly minor: number;
  readonly fields: readonly FieldPair[];
  body: string;
  isComplete: boolean;
}

export interface LlhttpRun {
  readonly messages: readonly LlhttpMessage[];
  /** `HPE_…` and its sentence, or null when nothing was refused. */
  readonly error: string | null;
  /** llhttp stops reading at an Upgrade without a body. */
  readonly isUpgraded: boolean;
}

const maxHeaderBytes = 1 << 20;

export function runLlhttp(bytes: Uint8Array): LlhttpRun {
  const messages: LlhttpMessage[] = [];
  let raw: string[] = [];
  let url = "";
  let current: LlhttpMessage | null = null;
  let isUpgraded = false;
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {}, maxHeaderBytes, HTTPParser.kLenientNone);
  parser[HTTPParser.kOnMessageBegin] = (): void => {
    raw = [];
    url = "";
    current = null;
  };
  // Called early when there are many fields, and after the body for trailers.
  parser[HTTPParser.kOnHeaders] = (fields: string[], part: string): void => {
    if (current !== null) return;
    raw.push(...fields);
    url += part;
  };
  parser[HTTPParser.kOnHeadersComplete] = (...values: unknown[]): number => {
    const [, minor, fields, method, part, , , upgrade] = values as [
      number,
      number,
      string[] | undefined,
      number,
      string | undefined,
      unknown,
      unknown,
      boolean,
    ];
    current = {
      method: method === query ? "QUERY" : (methods[method] ?? `#${method}`),
      url: url + (part ?? ""),
      minor,
      fields: pairs([...raw, ...(fields ?? [])]),
      body: "",
      isComplete: false,
    };
    isUpgraded = upgrade;
    messages.push(current);
    return 0;
  };
  parser[HTTPParser.kOnBody] = (chunk: Buffer): void => {
    if (current !== null) current.body += chunk.toString("latin1");
  };
  parser[HTTPParser.kOnMessageComplete] = (): void => {
    if (current !== null) current.isComplete = true;
  };
  const result = parser.execute(bytes);
  const error = typeof result === "number" ? null : `${result.code} ${result.reason}`;
  return { messages, error, isUpgraded };
}

function pairs(raw: readonly string[]): FieldPair[] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [
    raw[index * 2] ?? "",
    raw[index * 2 + 1] ?? "",
  ]);
}
