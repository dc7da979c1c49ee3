import { RequestParser, defaultHeadLimits } from "@evenkeel/http1";

export interface AskedRequest {
  readonly method?: string;
  readonly target?: string;
  /** null: HTTP/1.0 without one. */
  readonly host?: string | null;
  readonly fields?: readonly string[];
}

/** A request as the data path parses it. */
export function parsedRequest(asked: AskedRequest): RequestParser {
  const { method = "GET", target = "/", host = "a.test", fields = [] } = asked;
  const version = host === null ? "1.0" : "1.1";
  const hostLines = host === null ? [] : [`Host: ${host}`];
  const lines = [`${method} ${target} HTTP/${version}`, ...hostLines, ...fields, "", ""];
  const parser = new RequestParser(defaultHeadLimits, (bytes, start, end) =>
    Buffer.from(bytes.subarray(start, end)).toString("latin1"),
  );
  const bytes = Buffer.from(lines.join("\r\n"), "latin1");
  parser.feed(bytes, 0, bytes.length);
  if (parser.violation !== null) throw new Error(`${lines[0]}: ${parser.violation}`);
  return parser;
}
