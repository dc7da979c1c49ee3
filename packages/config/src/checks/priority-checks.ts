import { type ConfigPath, valueAt } from "../config-path.ts";
import { errorAt, type Finding } from "../finding.ts";
import type { BackendSettings } from "../schema/backend-schema.ts";

/**
 * Each backend says once how it ranks, and some backend is no backup: a pool of backups only would
 * work, but whoever wrote it has lost the servers that they stand in for.
 */
export function checkPriorities(
  backends: readonly (BackendSettings | undefined)[],
  written: readonly unknown[],
  pool: ConfigPath,
): Finding[] {
  const path = [...pool, "backends"];
  const twice = written.flatMap((backend, index) => {
    const hasBoth = ["backup", "priority"].every((key) => valueAt(backend, [key]) !== undefined);
    const message = "backup: true is priority 1; give backup or priority, not both";
    return hasBoth ? [errorAt([...path, index, "backup"], message)] : [];
  });
  return twice.length > 0 ? twice : checkFirst(backends, path);
}

function checkFirst(
  backends: readonly (BackendSettings | undefined)[],
  path: ConfigPath,
): Finding[] {
  const known = backends.filter((backend) => backend !== undefined);
  // One that could not be read may have been the first.
  if (known.length === 0 || known.length < backends.length) return [];
  if (known.some(({ priority }) => priority === 0)) return [];
  return [errorAt(path, "every backend is a backup here; one must have priority 0")];
}
