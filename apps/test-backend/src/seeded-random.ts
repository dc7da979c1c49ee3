/** Draws from [0, 1). */
export type Random = () => number;

/**
 * A stream of numbers that a text determines: the same text, the same stream, on every machine. The
 * generator is sfc32 (Chris Doty-Humphrey, PractRand), the first draws thrown away so that similar
 * texts part; the text is hashed by FNV-1a.
 */
export function seededRandom(text: string): Random {
  let a = fnv1a(text, 0x811c9dc5);
  let b = fnv1a(text, a);
  let c = fnv1a(text, b);
  let counter = 1;
  const draw = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i++) draw();
  return draw;
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash | 0;
}
