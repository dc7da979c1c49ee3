const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const MULTIPLIER = 1_103_515_245;
const INCREMENT = 12_345;

const made = new Map<number, Buffer>();

/**
 * The fixed body of this many bytes. It never repeats within a megabyte, so a lost, doubled or
 * swapped piece shows; letters and digits only, so it can stand in any configuration file.
 */
export function payload(bytes: number): Buffer {
  const known = made.get(bytes);
  if (known !== undefined) return known;
  const body = Buffer.alloc(bytes);
  let state = bytes;
  for (let index = 0; index < bytes; index += 1) {
    state = (Math.imul(state, MULTIPLIER) + INCREMENT) >>> 0;
    body[index] = ALPHABET.charCodeAt((state >>> 16) % ALPHABET.length);
  }
  made.set(bytes, body);
  return body;
}
