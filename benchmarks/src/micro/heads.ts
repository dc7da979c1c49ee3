/** A message head as it stands on the wire, with its final empty line. */
export interface Head {
  readonly name: string;
  readonly text: string;
}

function head(name: string, lines: readonly string[]): Head {
  return { name, text: `${lines.join("\r\n")}\r\n\r\n` };
}

const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/** From the least that a load generator sends to what a browser sends to a shop. */
export const requestHeads: readonly Head[] = [
  head("wrk GET, 1 field", ["GET /bytes/102 HTTP/1.1", "Host: 127.0.0.1:8080"]),
  head("browser GET, 18 fields", [
    "GET /products/42?colour=blue&size=l HTTP/1.1",
    "Host: shop.example.com",
    "Connection: keep-alive",
    "Cache-Control: max-age=0",
    `sec-ch-ua: "Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"`,
    "sec-ch-ua-mobile: ?0",
    `sec-ch-ua-platform: "Linux"`,
    "Upgrade-Insecure-Requests: 1",
    `User-Agent: ${CHROME}`,
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-User: ?1",
    "Sec-Fetch-Dest: document",
    "Referer: https://shop.example.com/products?page=3",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
    "Cookie: session=5f2b8c1e9a7d4c60b3f1e2d3c4b5a697; cart=17; consent=analytics%3D0; theme=dark",
    `If-None-Match: W/"5d8c72a5edda8d6a"`,
  ]),
  head("API POST, 9 fields", [
    "POST /api/v2/orders HTTP/1.1",
    "Host: api.example.com",
    "User-Agent: acme-orders/3.14 (node)",
    "Accept: application/json",
    "Content-Type: application/json; charset=utf-8",
    "Content-Length: 274",
    "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
    "Idempotency-Key: 0196f5a2-7c1e-7d3a-9b1f-2e4c6a8b0d12",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "Accept-Encoding: gzip",
  ]),
];

/** What a small service answers, and one that sets cookies. */
export const responseHeads: readonly Head[] = [
  head("response, 10 fields", [
    "HTTP/1.1 200 OK",
    "Server: nginx/1.22.1",
    "Date: Sat, 14 Nov 2026 10:15:30 GMT",
    "Content-Type: application/json; charset=utf-8",
    "Content-Length: 102",
    "Connection: keep-alive",
    "Cache-Control: private, max-age=60",
    `ETag: "5f2b8c1e-66"`,
    "Vary: Accept-Encoding",
    "X-Content-Type-Options: nosniff",
    "Strict-Transport-Security: max-age=31536000; includeSubDomains",
  ]),
  head("response, 3 Set-Cookie", [
    "HTTP/1.1 302 Found",
    "Date: Sat, 14 Nov 2026 10:15:30 GMT",
    "Location: https://shop.example.com/account",
    "Content-Length: 0",
    "Set-Cookie: session=5f2b8c1e9a7d4c60b3f1e2d3c4b5a697; Path=/; HttpOnly; Secure; SameSite=Lax",
    "Set-Cookie: csrf=Zm9vYmFyYmF6cXV4; Path=/; Secure; SameSite=Strict",
    "Set-Cookie: cart=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0",
  ]),
];

/** Where a head is cut into what single reads deliver. */
export interface Split {
  readonly name: string;
  /** Ends of the pieces, ascending, the last one `length`. */
  readonly ends: (length: number) => number[];
}

export const splits: readonly Split[] = [
  { name: "whole", ends: (length) => [length] },
  { name: "in 2 pieces", ends: (length) => [Math.floor(length / 2), length] },
  {
    name: "byte by byte",
    ends: (length) => Array.from({ length }, (_, index) => index + 1),
  },
];
