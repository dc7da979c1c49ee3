import type { PreparedRequest } from "./request-mix.ts";

/**
 * The bytes of an HTTP/1.1 request (RFC 9112 section 3). `host` is used where the request has none of its own.
 * Options were checked before: no part holds a line break.
 */
export function serializeRequest(
  { method, target, headers, body }: PreparedRequest,
  { host, keepAlive }: { readonly host: string; readonly keepAlive: boolean },
): Buffer {
  let head = `${method} ${target} HTTP/1.1\r\n`;
  if (!Object.keys(headers).some((name) => name.toLowerCase() === "host")) {
    head += `Host: ${host}\r\n`;
  }
  head += keepAlive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
  const needsLength = body !== undefined || ["POST", "PUT", "PATCH"].includes(method);
  if (needsLength) head += `Content-Length: ${Buffer.byteLength(body ?? "")}\r\n`;
  return Buffer.from(`${head}\r\n${body ?? ""}`);
}
