/** Halvings until nothing is left of a double's 53 bits, wherever the first bracket ends. */
const halvings = 200;

/** Where the rising function `f` crosses zero, above 0; `guess` is any positive number. */
export function rootOf(f: (x: number) => number, guess: number): number {
  let low = 0;
  let high = guess;
  while (f(high) < 0) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < halvings && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}
