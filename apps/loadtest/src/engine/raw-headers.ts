/**
 * The value of a field in a flat `[name, value, name, value]` list; `undefined` when absent.
 * Repeated fields are combined with a comma (RFC 9110 section 5.3): two names for one response
 * is something a checker should show, not hide. `lowerName` is lower case.
 */
export function fieldValue(rawHeaders: readonly string[], lowerName: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (name.length !== lowerName.length || name.toLowerCase() !== lowerName) continue;
    value = value === undefined ? rawHeaders[i + 1] : `${value}, ${rawHeaders[i + 1]}`;
  }
  return value;
}
