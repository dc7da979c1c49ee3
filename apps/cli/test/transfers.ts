import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { request } from "undici";

// What the test backend's /bytes/N sends: byte i is i modulo 251, so that a lost, doubled or shifted
// block of any usual size changes the hash.
const period = 251;
const block = Buffer.from(Uint8Array.from({ length: period * 261 }, (_, index) => index % period));

export type Framing = "content-length" | "chunked";

function* pattern(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= block.length) {
    yield left >= block.length ? block : block.subarray(0, left);
  }
}

export function patternSha256(length: number): string {
  const hash = createHash("sha256");
  for (const piece of pattern(length)) hash.update(piece);
  return hash.digest("hex");
}

/** Posts the pattern to /echo and gives the hash and framing that arrived there. */
export async function upload(
  origin: string,
  length: number,
  framing: Framing,
): Promise<{ readonly sha256: string; readonly length: number; readonly framing: string }> {
  const { body } = await request(`${origin}/echo`, {
    method: "POST",
    body: Readable.from(pattern(length)),
    headers: framing === "content-length" ? { "content-length": String(length) } : {},
  });
  const echo = (await body.json()) as {
    readonly bodySha256: string;
    readonly bodyLength: number;
    readonly headers: readonly (readonly [string, string])[];
  };
  const names = echo.headers.map(([name]) => name.toLowerCase());
  return { sha256: echo.bodySha256, length: echo.bodyLength, framing: framingOf(names) };
}

/** Gets /bytes/N and gives the hash and framing that arrived here. */
export async function download(
  origin: string,
  length: number,
  framing: Framing,
): Promise<{ readonly sha256: string; readonly length: number; readonly framing: string }> {
  const { body, headers } = await request(
    `${origin}/bytes/${length}${framing === "chunked" ? "?chunked" : ""}`,
  );
  const hash = createHash("sha256");
  let received = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    hash.update(piece);
    received += piece.length;
  }
  return { sha256: hash.digest("hex"), length: received, framing: framingOf(Object.keys(headers)) };
}

function framingOf(names: readonly string[]): string {
  const found = names.filter((name) => name === "content-length" || name === "transfer-encoding");
  return found.map((name) => (name === "transfer-encoding" ? "chunked" : name)).join(" and ");
}
