import type { ServerResponse } from "node:http";
import { defineFault, type FaultKind } from "./fault.ts";
import { parameter, type Reader, wholeNumber } from "./parameter.ts";

const code = wholeNumber(100, 199);
const interim: Reader<number> = {
  form: "a whole number from 100 to 199 except 101",
  read: (text) => (text === "101" ? { ok: false, message: "", suggestion: null } : code.read(text)),
};

/**
 * Sends informational responses before the final one, at the request's head. A client of HTTP/1.0 is
 * spared them: it would take the first for the answer (RFC 9110 15.2).
 */
export const informational: FaultKind = defineFault<{ code: number; times: number }>({
  name: "informational",
  summary: "sends 1xx responses before the final one",
  example: "informational=103,times=2",
  main: "code",
  parameters: {
    code: parameter(interim, "their status", "103"),
    times: parameter(wholeNumber(1, 1000), "how many of them", "1"),
  },
  create: ({ code, times }) => ({
    scope: "request",
    stage: "shape",
    apply({ request, response }) {
      if (request.httpVersion !== "1.1") return "continue";
      for (let i = 0; i < times; i++) sendInterim(response, code);
      return "continue";
    },
  }),
});

function sendInterim(response: ServerResponse, code: number): void {
  const fields = code === 103 ? { Link: "</style.css>; rel=preload; as=style" } : {};
  response.writeInformation(code, fields);
}
