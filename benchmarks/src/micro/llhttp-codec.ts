import { createRequire } from "node:module";
import type { Input, ParsedHead } from "./message.ts";

/*
 * Node's own parser, llhttp, as `node:http` drives it: names and values arrive as strings. The
 * module is not documented, which is why only measurements and tests use it.
 */
interface NativeParser {
  initialize(type: number, resource: object, maxHeaderBytes: number, lenient: number): void;
  execute(bytes: Buffer): number | Error;
  [callback: number]: (...values: never[]) => number | void;
}

interface NativeParserClass {
  new (): NativeParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
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

const MAX_HEADER_BYTES = 65_536;
/** What a callback returns when no body follows, whatever the fields say. */
const SKIP_BODY = 1;
const CHUNKED_HEAD = Buffer.from(
  "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n",
);

type Kind = "request" | "response";

/** One message cut into the buffers that single reads would give. */
export function piecesOf({ bytes, ends }: Input): Buffer[] {
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** Parses heads one after the other, as on one connection. */
export class LlhttpHeads {
  readonly #parser: NativeParser;
  #heads = 0;
  #startLine = "";
  #fields: readonly string[] = [];

  constructor(kind: Kind) {
    this.#parser = createParser(kind);
    // At most 32 fields come with the head in one call, more than any head here has.
    const keep = (fields: readonly string[], startLine: string): void => {
      this.#heads += 1;
      this.#fields = fields;
      this.#startLine = startLine;
    };
    this.#parser[HTTPParser.kOnHeadersComplete] = (
      ...[, , fields, method, url, status, reason]: [
        major: number,
        minor: number,
        fields: string[],
        method: number,
        url: string,
        status: number,
        reason: string,
      ]
    ): number => {
      keep(fields, kind === "request" ? `${methods[method]} ${url}` : `${status} ${reason}`);
      return SKIP_BODY;
    };
  }

  run(pieces: readonly Buffer[], operations: number): void {
    const before = this.#heads;
    for (let count = 0; count < operations; count += 1) {
      for (const piece of pieces) this.#execute(piece);
    }
    if (this.#heads - before !== operations) throw new Error("llhttp saw other heads");
  }

  read(pieces: readonly Buffer[]): ParsedHead {
    this.run(pieces, 1);
    const flat = this.#fields;
    const fields = Array.from(
      { length: flat.length / 2 },
      (_, index) => [flat[index * 2] ?? "", flat[index * 2 + 1] ?? ""] as const,
    );
    return { startLine: this.#startLine, fields };
  }

  #execute(piece: Buffer): void {
    const result = this.#parser.execute(piece);
    if (typeof result !== "number") throw result;
  }
}

/** Decodes chunked bodies one after the other; each costs one short head more. */
export class LlhttpChunks {
  readonly #parser: NativeParser;
  #take: (content: Buffer) => void = () => undefined;
  #bodies = 0;

  constructor() {
    this.#parser = createParser("request");
    this.#parser[HTTPParser.kOnHeadersComplete] = (): number => 0;
    this.#parser[HTTPParser.kOnBody] = (content: Buffer): void => this.#take(content);
    this.#parser[HTTPParser.kOnMessageComplete] = (): void => {
      this.#bodies += 1;
    };
  }

  run(pieces: readonly Buffer[], operations: number): number {
    let content = 0;
    this.#take = ({ length }) => {
      content += length;
    };
    for (let count = 0; count < operations; count += 1) this.#decode(pieces);
    return content;
  }

  read(pieces: readonly Buffer[]): Buffer {
    const runs: Buffer[] = [];
    this.#take = (content) => runs.push(Buffer.from(content));
    this.#decode(pieces);
    return Buffer.concat(runs);
  }

  #decode(pieces: readonly Buffer[]): void {
    const before = this.#bodies;
    this.#parser.execute(CHUNKED_HEAD);
    for (const piece of pieces) this.#parser.execute(piece);
    if (this.#bodies !== before + 1) throw new Error("llhttp saw another body");
  }
}

function createParser(kind: Kind): NativeParser {
  const parser = new HTTPParser();
  const type = kind === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE;
  parser.initialize(type, {}, MAX_HEADER_BYTES, HTTPParser.kLenientNone);
  return parser;
}
