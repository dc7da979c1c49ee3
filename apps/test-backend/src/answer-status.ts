import { answerJson } from "./answer-json.ts";
import type { Exchange } from "./exchange.ts";

// RFC 9110: a response with one of these codes MUST carry the field (3xx: SHOULD carry Location).
const requiredFields: Readonly<Record<number, readonly [name: string, value: string]>> = {
  301: ["Location", "/"],
  302: ["Location", "/"],
  303: ["Location", "/"],
  307: ["Location", "/"],
  308: ["Location", "/"],
  401: ["WWW-Authenticate", 'Basic realm="test-backend"'],
  405: ["Allow", "GET, HEAD"],
  407: ["Proxy-Authenticate", 'Basic realm="test-backend"'],
};

const withoutContent: ReadonlySet<number> = new Set([204, 205, 304]);

/** Answers with a final status and what its definition asks for. */
export function answerStatus({ backend, response }: Exchange, code: number, details = {}): void {
  const field = requiredFields[code];
  if (field !== undefined) response.setHeader(...field);
  if (!withoutContent.has(code)) {
    answerJson(response, code, { backend: backend.name, status: code, ...details });
    return;
  }
  response.statusCode = code;
  // A 205 must say that it is empty; 204 and 304 must not speak of a length (RFC 9110 8.6, 15.3.6).
  if (code === 205) response.setHeader("Content-Length", 0);
  response.end();
}
