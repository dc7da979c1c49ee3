/*
 * Sizes that one parser reads as another number than the next one: more digits than a register holds,
 * sums that wrap around at 32, 53 or 64 bits to the size that is right, and signs and prefixes.
 */
const sizeEdits: readonly ((size: string) => string)[] = [
  (size) => size.padStart(14, "0"),
  (size) => size.padStart(15, "0"),
  (size) => size.padStart(17, "0"),
  (size) => size.padStart(64, "0"),
  (size) => `1${size.padStart(8, "0")}`,
  (size) => `f${size.padStart(8, "0")}`,
  (size) => `2${size.padStart(13, "0")}`,
  (size) => `f${size.padStart(13, "0")}`,
  (size) => `8${size.padStart(15, "0")}`,
  (size) => `1${size.padStart(16, "0")}`,
  (size) => `${size}${"0".repeat(16)}`,
  () => "7fffffff",
  () => "ffffffff",
  () => "1fffffffffffff",
  () => "20000000000000",
  () => "7fffffffffffffff",
  () => "fffffffffffffffe",
  () => "ffffffffffffffffffff",
  (size) => (Number.parseInt(size, 16) + 1).toString(16),
  (size) => (Number.parseInt(size, 16) - 1).toString(16),
  (size) => (Number.parseInt(size, 16) + 2).toString(16),
  (size) => size.toUpperCase(),
  (size) => `0x${size}`,
  (size) => `+${size}`,
  (size) => `-${size}`,
  (size) => `${size} `,
  (size) => `\t${size}`,
  (size) => `${size}\0`,
  (size) => `${size};`,
  (size) => `${size}g`,
  () => "",
];

/** Rewrites the size of the next chunk at or behind `from`, beginning again at the front. */
export function editChunkSize(tokens: string[], from: number, edit: number): void {
  for (let step = 0; step < tokens.length; step++) {
    const at = (from + step) % tokens.length;
    const end = tokens[at - 1] === "\r\n" ? endOfSize(tokens, at) : at;
    if (end === at) continue;
    const rewrite = sizeEdits[edit % sizeEdits.length] as (size: string) => string;
    tokens.splice(at, end - at, rewrite(tokens.slice(at, end).join("")));
    return;
  }
}

/** `start` where no chunk size begins there. */
function endOfSize(tokens: readonly string[], start: number): number {
  let end = start;
  while (/^[0-9a-f]+$/i.test(tokens[end] ?? "")) end++;
  return /^(?:\r\n|;|[ \t]+)$/.test(tokens[end] ?? "") ? end : start;
}
