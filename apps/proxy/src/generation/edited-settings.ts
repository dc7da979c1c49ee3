import { type ConfigPath, type LoadResult, loadConfig } from "@evenkeel/config";

/**
 * The configuration that `written` (what is in force, in the words of the file) comes to with one setting
 * replaced. `origin` is what problems with it are said to come from.
 */
export function withSetting(
  written: unknown,
  path: ConfigPath,
  value: unknown,
  origin: string,
): LoadResult {
  const known = Object.entries(written as object).map(([key, child]) => {
    return { path: [key], value: child as unknown, origin: "the running configuration" };
  });
  return loadConfig({ env: {}, overrides: [...known, { path, value, origin }] });
}
