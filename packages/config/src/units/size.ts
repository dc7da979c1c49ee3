import { accepted, type Parsed, refused } from "../parsed.ts";

const unitBytes = new Map([
  ["B", 1],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
  ["kB", 1e3],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
]);
const unitNames = "B, KiB, MiB, GiB, kB, MB or GB";

export const sizePattern: string = String.raw`^\d+(\.\d+)?(B|KiB|MiB|GiB|kB|KB|MB|GB)$`;

/** Reads `64KiB` (1024 bytes each), `10MB` (1000 each) or `8000B` into whole bytes. */
export function parseSize(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text);
  const [, count = "", unit = ""] = match ?? [];
  const factor = unitBytes.get(unit);
  if (factor === undefined) return refusedUnit(text, count, unit);
  const bytes = Number(count) * factor;
  if (!Number.isSafeInteger(bytes)) return refused(`${text} is not a whole number of bytes`);
  return accepted(bytes);
}

function refusedUnit(text: string, count: string, unit: string): Parsed<never> {
  if (count === "") {
    return refused(`${JSON.stringify(text)} is not a size; write it like 64KiB, 10MB or 8000B`);
  }
  if (unit === "") {
    return refused(`${text} has no unit; add one of ${unitNames}`, `${text}B`);
  }
  const meant = [...unitBytes.keys()].find((name) => name.toLowerCase() === unit.toLowerCase());
  const suggestion = meant === undefined ? null : count + meant;
  return refused(`${JSON.stringify(unit)} is not a unit of size; use ${unitNames}`, suggestion);
}
