import { Random } from "./random.ts";

/*
 * security.md 5.2: the id of a request decides every byte of its body and of its response, so both
 * ends can tell whose bytes they got without talking to each other.
 */

/** A response that nobody asked for; whoever gets it was given another's. */
export const poison = "HTTP/1.1 200 OK\r\nX-Echo: forged\r\nContent-Length: 6\r\n\r\nforged";

const confusing: readonly string[] = [
  poison,
  `${poison}${poison}`,
  "HTTP/1.1 200 OK\r\nX-Echo: forged\r\nX-Rest: ",
  "HTTP/1.1 103 Early Hints\r\nX-Echo: forged\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: a\r\n\r\n",
  "0\r\n\r\n",
  "\r\n\r\n",
];

const longestBytes = 200_000;

/** The body of the response to `id`. */
export function responseBodyOf(id: string): Buffer {
  const random = new Random(`response ${id}`);
  if (random.chance(0.15)) return Buffer.from(random.pick(confusing));
  return filled(random, random.chance(0.02) ? longestBytes : 1_500);
}

/** The body of the request `id`, where its method has one. */
export function requestBodyOf(id: string): Buffer {
  const random = new Random(`request ${id}`);
  if (random.chance(0.15)) {
    return Buffer.from(`GET /m/forged HTTP/1.1\r\nHost: forged.test\r\nX-Id: ${id}\r\n\r\n`);
  }
  return filled(random, random.chance(0.02) ? longestBytes : 1_000);
}

function filled(random: Random, bound: number): Buffer {
  const length = random.below(bound);
  const block = Buffer.alloc(Math.min(length, 251));
  for (let at = 0; at < block.length; at++) block[at] = random.below(256);
  return Buffer.alloc(length, block.length === 0 ? 0 : block);
}

/** Whether the request `id`, where it has a body, comes in chunks. */
export function isChunked(id: string): boolean {
  return new Random(`chunks ${id}`).chance(0.4);
}

export function targetOf(id: string): string {
  return `/m/${id}`;
}

/** The id that a target carries, or null. */
export function idIn(target: string): string | null {
  return target.startsWith("/m/") ? target.slice(3) : null;
}
