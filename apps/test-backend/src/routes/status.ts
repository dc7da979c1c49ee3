import { answerJson } from "../answer-json.ts";
import { parseInteger } from "./parse-integer.ts";
import type { Route } from "./route.ts";

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

/** `/status/CODE`: answers with that code, 200 to 599. */
export const status: Route = {
  path: "/status/",
  kind: "traffic",
  answer({ backend, response, argument }) {
    const code = parseInteger(argument, { min: 200, max: 599 });
    if (code === undefined) {
      answerJson(response, 400, { error: explainRefusal(argument) });
      return;
    }
    const field = requiredFields[code];
    if (field !== undefined) response.setHeader(...field);
    if (!withoutContent.has(code)) {
      answerJson(response, code, { backend: backend.name, status: code });
      return;
    }
    response.statusCode = code;
    // A 205 must say that it is empty; 204 and 304 must not speak of a length (RFC 9110 8.6, 15.3.6).
    if (code === 205) response.setHeader("Content-Length", 0);
    response.end();
  },
};

function explainRefusal(argument: string): string {
  if (/^1\d\d$/.test(argument)) {
    return `/status/${argument}: an informational response cannot be the final one`;
  }
  return `/status/CODE needs a code from 200 to 599, got "${argument}"`;
}
