import { LoadtestError } from "../errors.ts";

/** Fields that an engine writes itself: a second one would make the message ambiguous. */
const ownedFields = new Set(["connection", "content-length", "transfer-encoding"]);
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Whether `name` can be the name of a field (RFC 9110 section 5.1). */
export function isFieldName(name: string): boolean {
  return token.test(name);
}

/**
 * One entry per field name: a repeated one is combined with commas, cookies with semicolons.
 *
 * @throws LoadtestError `BAD_OPTION` that names the field.
 */
export function combineFields(
  fields: readonly (readonly [name: string, value: string])[],
): Record<string, string> {
  const byLowerName = new Map<string, [name: string, value: string]>();
  for (const [name, value] of fields) {
    if (!isFieldName(name)) {
      throw bad(`header name ${JSON.stringify(name)} has a character no name may have`);
    }
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw bad(`header ${name} has a character in its value that no value may have`);
    }
    const lower = name.toLowerCase();
    if (ownedFields.has(lower)) throw bad(`header ${name} is set by the load tester itself`);
    const earlier = byLowerName.get(lower);
    const separator = lower === "cookie" ? "; " : ", ";
    byLowerName.set(lower, earlier ? [earlier[0], earlier[1] + separator + value] : [name, value]);
  }
  return Object.fromEntries(byLowerName.values());
}

function bad(message: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", message);
}
