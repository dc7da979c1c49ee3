/** The eight groups of a valid IPv6 address, however it is written; a zone is left out. */
export function ipv6Groups(address: string): readonly number[] {
  const [plain = ""] = address.split("%");
  const [before = "", after] = plain.split("::");
  const head = partsOf(before);
  if (after === undefined) return head;
  const tail = partsOf(after);
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return [...head, ...zeros, ...tail];
}

function partsOf(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
