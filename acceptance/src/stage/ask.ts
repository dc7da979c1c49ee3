import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "undici";
import { OutOfTime } from "../case.ts";

/** A whole response. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What to send besides the URL; GET unless `method` says otherwise. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const timeoutMs = 20_000;
/** One connection for each request: two of them may meet different workers. */
const oneWay = new Agent({ pipelining: 0, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });

/** Sends one request over a connection of its own. */
export async function ask(url: string, question: Question = {}): Promise<Answer> {
  try {
    return await answerTo(url, question);
  } catch (error) {
    const isLate = error instanceof Error && "code" in error && late.test(String(error.code));
    throw isLate ? new OutOfTime(`no answer from ${url}: ${error.message}`) : error;
  }
}

const late = /^UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT$/;

async function answerTo(url: string, question: Question): Promise<Answer> {
  const { method = "GET", headers = {}, body } = question;
  const {
    statusCode,
    headers: fields,
    ...response
  } = await request(url, {
    dispatcher: oneWay,
    method: method as "GET",
    headers,
    ...(body === undefined ? {} : { body }),
  });
  return { status: statusCode, headers: fields, text: await response.body.text() };
}

/** The same, read as JSON. */
export async function askJson(
  url: string,
  question: Question = {},
): Promise<Answer & { readonly json: Readonly<Record<string, unknown>> }> {
  const answer = await ask(url, question);
  return { ...answer, json: JSON.parse(answer.text) as Record<string, unknown> };
}

/** Sends JSON. */
export async function sendJson(method: string, url: string, value: unknown): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  return await ask(url, { method, headers, body: JSON.stringify(value) });
}
