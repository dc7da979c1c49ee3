import { isIP } from "node:net";
import { nearestName } from "@evenkeel/config";
import { type HeadLimits, type RequestForwarding, RequestParser } from "@evenkeel/http1";
import { decodeLatin1 } from "../latin1-buffer.ts";

/** A request that somebody would like to know about. */
export interface AskedRequest {
  readonly method: string;
  /** null: an HTTP/1.0 request without one. */
  readonly host: string | null;
  /** Byte for byte what would be in the request line. */
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The peer's; null = whoever connects from this machine. */
  readonly clientIp: string | null;
  /** Its number from 0, or its address as the file has it; null = the first one. */
  readonly listener: string | null;
}

/** A request with all that is read from it on its way. */
export interface AskedExchange {
  readonly request: RequestParser;
  readonly forwarding: RequestForwarding;
  readonly isTrusted: (address: string) => boolean;
}

export type ReadResult =
  | { readonly ok: true; readonly asked: AskedRequest }
  | { readonly ok: false; readonly message: string };

const keys = ["method", "url", "host", "path", "headers", "clientIp", "listener"];
/** One field line, in the characters that a head can be made of. */
const lineText = /^[\t\x20-\x7e\x80-\xff]*$/;
const tokenText = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What a caller sent, or which part of it is wrong. */
export function readAskedRequest(body: unknown): ReadResult {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return wrong('expected { "url": "http://host/path" } or { "host": name, "path": "/" }');
  }
  const given = body as Record<string, unknown>;
  for (const key of Object.keys(given)) {
    if (!keys.includes(key)) return wrong(unknownKey(key));
  }
  const { method = "GET", clientIp = null, listener = null, headers = {} } = given;
  if (typeof method !== "string" || !tokenText.test(method)) {
    return wrong(`method: expected a word such as "GET"`);
  }
  if (clientIp !== null && !isClient(clientIp)) {
    return wrong(`clientIp: expected an IP address, or "unix"`);
  }
  const place = placeOf(given);
  if (typeof place === "string") return wrong(place);
  const fields = fieldsOf(headers);
  if (typeof fields === "string") return wrong(fields);
  const named = listenerOf(listener);
  if (named === undefined) return wrong("listener: expected its number from 0, or its address");
  const hosts = fields.filter(([name]) => name.toLowerCase() === "host");
  if (hosts.length > 0 && place.host !== null) return wrong("host: given twice");
  return { ok: true, asked: { method, ...place, fields, clientIp, listener: named } };
}

function wrong(message: string): ReadResult {
  return { ok: false, message };
}

function unknownKey(key: string): string {
  const near = nearestName(key, keys);
  const meant = near === null ? "" : `; did you mean ${JSON.stringify(near)}?`;
  return `unknown key ${JSON.stringify(key)}${meant} (there are ${keys.join(", ")})`;
}

function placeOf(given: Record<string, unknown>): Pick<AskedRequest, "host" | "target"> | string {
  const { url, host = null, path = "/" } = given;
  if (url !== undefined) {
    if (given["host"] !== undefined || given["path"] !== undefined) {
      return "url: give either url, or host and path";
    }
    return typeof url === "string" ? splitUrl(url) : "url: expected text";
  }
  if (typeof path !== "string" || !/^[\x21-\x7e\x80-\xff]+$/.test(path)) {
    return "path: expected a path without spaces, with its query";
  }
  if (host !== null && (typeof host !== "string" || !lineText.test(host))) {
    return "host: expected a host name, with its port if it has one";
  }
  return { host, target: path };
}

/** Not by `URL`, which would resolve and encode what the balancer takes as it comes. */
function splitUrl(url: string): Pick<AskedRequest, "host" | "target"> | string {
  const match = /^(?:https?:\/\/)?([^/?#\s]+)([/?#]\S*)?$/i.exec(url);
  const [, host, rest = "/"] = match ?? [];
  if (host === undefined) return `url: expected http://host/path, got ${JSON.stringify(url)}`;
  return { host, target: rest.startsWith("/") ? rest : `/${rest}` };
}

function fieldsOf(headers: unknown): AskedRequest["fields"] | string {
  if (typeof headers !== "object" || headers === null) {
    return 'headers: expected { "name": "value" or ["value", …] }';
  }
  const pairs = Array.isArray(headers)
    ? (headers as readonly unknown[])
    : Object.entries(headers).flatMap(([name, values]: [string, unknown]) =>
        (Array.isArray(values) ? values : [values]).map((value: unknown) => [name, value]),
      );
  const fields: [string, string][] = [];
  for (const pair of pairs) {
    const [name, value] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (typeof name !== "string" || !tokenText.test(name)) return "headers: a name is not one";
    if (typeof value !== "string" || !lineText.test(value)) {
      return `headers: the value of ${name} must be one line of text`;
    }
    fields.push([name, value]);
  }
  return fields;
}

function isClient(clientIp: unknown): clientIp is string {
  return typeof clientIp === "string" && (isIP(clientIp) !== 0 || clientIp === "unix");
}

function listenerOf(listener: unknown): string | null | undefined {
  if (listener === null || typeof listener === "string") return listener;
  return typeof listener === "number" ? String(listener) : undefined;
}

/** The request as the data path would read it from its bytes: also when it would refuse it. */
export function parseAsked(
  { method, host, target, fields }: Pick<AskedRequest, "method" | "host" | "target" | "fields">,
  limits: HeadLimits,
  parser: RequestParser = new RequestParser(limits, decodeLatin1),
): RequestParser {
  const hasHost = host !== null || fields.some(([name]) => name.toLowerCase() === "host");
  const hostLine = host === null ? "" : `Host: ${host}\r\n`;
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const version = hasHost ? "1.1" : "1.0";
  const head = Buffer.from(
    `${method} ${target} HTTP/${version}\r\n${hostLine}${lines}\r\n`,
    "latin1",
  );
  parser.reset();
  parser.feed(head, 0, head.length);
  return parser;
}
