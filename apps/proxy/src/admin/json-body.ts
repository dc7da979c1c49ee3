import type { IncomingMessage } from "node:http";
import { type AdminAnswer, problemAnswer } from "./admin-answer.ts";

const maxBytes = 1024 * 1024;
const maxDepth = 64;

export type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly refusal: AdminAnswer };

/** The whole body of a change as JSON; `undefined` when it is empty. */
export async function readJsonBody(request: IncomingMessage): Promise<JsonBody> {
  const body = await readText(request, isJsonType, "send application/json");
  return body.ok && typeof body.value === "string" ? parse(body.value) : body;
}

/** The same as text, which may be YAML as well. */
export async function readTextBody(request: IncomingMessage): Promise<JsonBody> {
  return await readText(request, isDocumentType, "send application/json or application/yaml");
}

async function readText(
  request: IncomingMessage,
  isType: (contentType?: string) => boolean,
  expected: string,
): Promise<JsonBody> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not end the connection that the refusal goes out on.
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of pieces) {
    size += chunk.length;
    if (size > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  if (size === 0) return { ok: true, value: undefined };
  if (!isType(request.headers["content-type"])) return refused(415, expected);
  return { ok: true, value: Buffer.concat(chunks).toString() };
}

const tooLarge: JsonBody = refused(413, "a body has at most 1 MiB");

function refused(status: number, detail: string): JsonBody {
  return { ok: false, refusal: problemAnswer(status, detail) };
}

/** A form of another page can send text/plain and two more, never this one. */
function isJsonType(contentType = ""): boolean {
  return /^application\/json *(;|$)/i.test(contentType);
}

function isDocumentType(contentType = ""): boolean {
  return isJsonType(contentType) || /^application\/(x-)?yaml *(;|$)/i.test(contentType);
}

function parse(text: string): JsonBody {
  if (depthOf(text) > maxDepth) return refused(400, `JSON is nested deeper than ${maxDepth}`);
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return refused(400, "the body is not valid JSON");
  }
}

/** Counted before parsing, so that no depth can exhaust a stack. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return deepest;
}
