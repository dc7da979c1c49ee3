import { violationStatus } from "../src/violation.ts";
import {
  type RequestMessage,
  type RequestOptions,
  type RequestRun,
  runRequests,
} from "./drive-requests.ts";
import {
  type ResponseMessage,
  type ResponseOptions,
  type ResponseRun,
  runResponse,
} from "./drive-responses.ts";
import { octets } from "./latin1.ts";

/** A request on HTTP/1.1 with a Host and these further lines, each without its CRLF. */
export function requestWith(...lines: readonly string[]): string {
  return ["POST /p HTTP/1.1", "Host: a.test", ...lines, "", ""].join("\r\n");
}

export function get(target: string, host = "a.test"): string {
  return `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
}

/** A chunked request whose body is written by the test. */
export function chunked(body: string): string {
  return requestWith("Transfer-Encoding: chunked") + body;
}

export function response(...lines: readonly string[]): string {
  return [...lines, "", ""].join("\r\n");
}

export function run(text: string, options?: RequestOptions): RequestRun {
  return runRequests([octets(text)], options);
}

export function runReply(text: string, options?: ResponseOptions): ResponseRun {
  return runResponse([octets(text)], options);
}

/** The status and name of the refusal, or how the run ended. */
export function verdict(text: string, options?: RequestOptions): string {
  const { ending, violation } = run(text, options);
  return violation === null ? ending : `${violationStatus(violation)} ${violation}`;
}

/** The violation in what a backend sent, or how the run ended. */
export function replyVerdict(text: string, options?: ResponseOptions): string {
  const { ending, violation } = runReply(text, options);
  return violation ?? ending;
}

/** The first message, which must have been accepted. */
export function accepted(text: string, options?: RequestOptions): RequestMessage {
  const { messages, violation } = run(text, options);
  const [message] = messages;
  if (message === undefined) throw new Error(`refused: ${String(violation)}`);
  return message;
}

/** The last message of an accepted response; the ones before it are 1xx. */
export function acceptedReply(text: string, options?: ResponseOptions): ResponseMessage {
  const { messages, violation } = runReply(text, options);
  const message = messages.at(-1);
  if (message === undefined) throw new Error(`refused: ${String(violation)}`);
  return message;
}

/** The lines of a forwarded head, without the empty one. */
export function linesOf(head: string): string[] {
  return head.slice(0, -4).split("\r\n");
}

/** The forwarded lines with this name, in any case. */
export function linesNamed(head: string, name: string): string[] {
  return linesOf(head).filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
}
