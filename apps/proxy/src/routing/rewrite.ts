/** What follows the prefix in a path that matched it; the whole path when there is none. */
export function restOf(path: string, prefix: string | null): string {
  return prefix === null ? path : path.slice(prefix.length);
}

/**
 * The target with `replacement` in the place of `prefix`, which it begins with. The rest stays byte for
 * byte; only the slash between them is one, whether they bring two or none.
 */
export function replacePrefix(target: string, prefix: string, replacement: string): string {
  const rest = target.slice(prefix.length);
  if (rest === "" || rest.startsWith("?")) return replacement + rest;
  const base = replacement.endsWith("/") ? replacement.slice(0, -1) : replacement;
  return rest.startsWith("/") ? base + rest : `${base}/${rest}`;
}
