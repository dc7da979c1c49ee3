import { nearestName } from "@evenkeel/config";

/** A list that is longer helps nobody. */
const mostShown = 20;

/** About a name that is none of those known: the one that was probably meant, or else which there are. */
export function whatWasMeant(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  if (near !== null) return `did you mean ${JSON.stringify(near)}?`;
  const more = known.length > mostShown ? `, and ${known.length - mostShown} more` : "";
  return `there are ${known.slice(0, mostShown).join(", ")}${more}`;
}

/** About the first key of `given` that is none of those known; null when there is none. */
export function unknownKeyIn(given: object, known: readonly string[]): string | null {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown === undefined) return null;
  return `unknown key ${JSON.stringify(unknown)}; ${whatWasMeant(unknown, known)}`;
}
