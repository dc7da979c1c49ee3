import { type ConfigPath, type LoadResult, loadConfig } from "@evenkeel/config";

/**
 * The configuration that `settings` (in the words of the file, as they are in force) come to with one of
 * them replaced. `origin` is what problems with it are said to come from.
 */
export function withSetting(
  settings: unknown,
  path: ConfigPath,
  value: unknown,
  origin: string,
): LoadResult {
  const known = Object.entries(settings as object).map(([key, child]) => {
    return { path: [key], value: child as unknown, origin: "the running configuration" };
  });
  return loadConfig({ env: {}, overrides: [...known, { path, value, origin }] });
}
