import { closeConnection } from "../connections.ts";
import type { Exchange } from "../exchange.ts";
import { waitForTurn } from "../wait-for-turn.ts";
import { defineFault, type FaultKind, type FaultVerdict } from "./fault.ts";
import { choice, parameter } from "./parameter.ts";

const ok = "HTTP/1.1 200 OK";
const body = "malformed";
const length = `Content-Length: ${body.length}`;
const chunked = "Transfer-Encoding: chunked";
const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;

function lines(...written: readonly string[]): string {
  return written.map((line) => `${line}\r\n`).join("");
}

/** A head of these fields, an empty line, and what follows. `name` is a field that names this backend. */
function message(name: string, fields: readonly string[], content: string): string {
  return `${lines(ok, name, ...fields)}\r\n${content}`;
}

/** Each writes one response that breaks one rule of RFC 9112 or 9110. Bytes are latin1 characters. */
const forms = {
  "status-line": (name) => `${lines("HTTP/1.1 OK", name, length)}\r\n${body}`,
  garbage: () => "\0\u0001\u0002 this is not http \u00ff\r\n\r\n",
  version: (name) => `${lines("HTTP/9.9 200 OK", name, length)}\r\n${body}`,
  "status-code": (name) => `${lines("HTTP/1.1 2000 OK", name, length)}\r\n${body}`,
  "no-head-end": (name) => lines(ok, name, length),
  "bare-lf": (name) => message(name, [length], body).replaceAll("\r\n", "\n"),
  "bare-cr": (name) => message(name, [length, "X-Bare: a\rb"], body),
  "nul-in-field": (name) => message(name, [length, "X-Nul: a\0b"], body),
  "space-before-colon": (name) => message(name, ["Content-Length : 9"], body),
  "no-colon": (name) => message(name, [length, "X-No-Colon"], body),
  "obs-fold": (name) => message(name, [length, "X-Fold: a\r\n b"], body),
  "huge-head": (name) => message(name, [length, `X-Huge: ${"x".repeat(256 * 1024)}`], body),
  "two-lengths": (name) => message(name, [length, `Content-Length: ${body.length + 1}`], body),
  "bad-length": (name) => message(name, ["Content-Length: +9"], body),
  "negative-length": (name) => message(name, ["Content-Length: -9"], body),
  "length-and-chunked": (name) => message(name, [length, chunked], `${chunk}0\r\n\r\n`),
  "unknown-coding": (name) =>
    message(name, ["Transfer-Encoding: chunked, cow"], `${chunk}0\r\n\r\n`),
  "chunk-size": (name) => message(name, [chunked], `zz\r\n${body}\r\n0\r\n\r\n`),
  "huge-chunk-size": (name) => message(name, [chunked], `${"f".repeat(32)}\r\n${body}\r\n`),
  "chunk-end": (name) => message(name, [chunked], `${chunk.slice(0, -2)}xx0\r\n\r\n`),
  "no-last-chunk": (name) => message(name, [chunked], chunk),
  "extra-bytes": (name) => message(name, [length], `${body}and more than was announced`),
} as const satisfies Readonly<Record<string, (name: string) => string>>;

type Form = keyof typeof forms;

// Object.keys forgets that they are the names of the forms.
const formNames = Object.keys(forms) as Form[];

/** Answers bytes that are no valid response, in a named way. */
export const malformed: FaultKind = defineFault<{ form: Form; end: "close" | "hold" }>({
  name: "malformed",
  summary: "answers something that is not valid HTTP, in a named way",
  example: "malformed=chunk-size",
  main: "form",
  parameters: {
    form: parameter(choice(formNames), formNames.join(", "), "status-line"),
    end: parameter(choice(["close", "hold"]), "the connection: close it, or hold it open", "close"),
  },
  create: ({ form, end }) => ({
    scope: "request",
    stage: "answer",
    async apply(exchange): Promise<FaultVerdict> {
      await exchange.body();
      if ((await waitForTurn(exchange.response)) === "gone") return "taken";
      writeRaw(exchange, forms[form](`X-Backend: ${exchange.backend.name}`));
      if (end === "close") closeConnection(exchange.request.socket, exchange.connection);
      else exchange.hang();
      return "taken";
    },
  }),
});

/** Past node:http, which would not write such things. */
function writeRaw(exchange: Exchange, text: string): void {
  exchange.rawStatus = 200;
  exchange.request.socket.write(text, "latin1");
}
