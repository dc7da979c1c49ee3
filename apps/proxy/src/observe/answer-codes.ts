export const statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;
export type StatusClass = (typeof statusClasses)[number];

/** Codes that backends answer with; others are counted as the class that they belong to. */
const knownCodes: readonly number[] = [
  ...span(100, 103),
  ...span(200, 208),
  226,
  ...span(300, 308),
  ...span(400, 418),
  ...span(421, 426),
  428,
  429,
  431,
  451,
  499,
  ...span(500, 511),
  // Cloudflare's.
  ...span(520, 527),
];

/** What a backend's answers are counted by: `200`, and `2xx` for those of the class that are not listed. */
export const codeNames: readonly string[] = [...knownCodes.map(String), ...statusClasses];

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Of each status from 0 to 599. */
const codePlaces: Uint8Array = Uint8Array.from({ length: 600 }, (_, status) => {
  const known = knownCodes.indexOf(status);
  return known === -1 ? knownCodes.length + classPlace(status) : known;
});

/** Where in `codeNames` answers of this status are counted. */
export function codePlace(status: number): number {
  return codePlaces[status] ?? knownCodes.length + classPlace(status);
}

/** The places whose sum each class is. */
export const placesOfClass: readonly (readonly number[])[] = statusClasses.map((statusClass) =>
  codeNames.flatMap((name, place) => (name.charAt(0) === statusClass.charAt(0) ? [place] : [])),
);

/** Of a status, in `statusClasses`. */
export function classPlace(status: number): number {
  return Math.min(statusClasses.length - 1, Math.max(0, Math.floor(status / 100) - 1));
}
