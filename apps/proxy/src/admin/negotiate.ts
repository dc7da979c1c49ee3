/*
 * Which of several content types a caller likes best (RFC 9110 12.5.1): the highest q of the most specific
 * range that covers the type. Where two are liked equally, the one that the field names first, because
 * clients write what they want before what they can also take; then the order of `offered`.
 */

interface Range {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
}

/** One of `offered` (`type/subtype`), or null when `accept` rules all of them out. No field: the first. */
export function preferredType(
  accept: string | undefined,
  offered: readonly string[],
): string | null {
  const ranges = rangesOf(accept ?? "*/*");
  const liked = offered
    .map((name, order) => ({ name, order, ...likingOf(name, ranges) }))
    .filter(({ q }) => q > 0)
    .toSorted((a, b) => b.q - a.q || a.place - b.place || a.order - b.order);
  return liked[0]?.name ?? null;
}

/** How much it is liked, and where the field says so; behind everything that is named when it is not. */
function likingOf(
  name: string,
  ranges: readonly Range[],
): { readonly q: number; readonly place: number } {
  const [type = "", subtype = ""] = name.split("/");
  const exact = ranges.findIndex((range) => range.type === type && range.subtype === subtype);
  if (exact !== -1) return { q: ranges[exact]?.q ?? 0, place: exact };
  const wide =
    ranges.find((range) => range.type === type && range.subtype === "*") ??
    ranges.find((range) => range.type === "*" && range.subtype === "*");
  return { q: wide?.q ?? 0, place: ranges.length };
}

/** What cannot be read is as if it were not there. */
function rangesOf(accept: string): Range[] {
  // Parameters are not compared, so what they quote may go.
  const unquoted = accept.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
  return unquoted.split(",").flatMap((member) => {
    const [range = "", ...parameters] = member.split(";").map((part) => part.trim().toLowerCase());
    const [, type, subtype] = /^([^\s/]+)\/([^\s/]+)$/.exec(range) ?? [];
    if (type === undefined || subtype === undefined) return [];
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)
      ? [{ type, subtype, q: Number(weight) }]
      : [];
  });
}
