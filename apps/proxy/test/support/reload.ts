import type { ReloadResult } from "../../src/index.ts";
import { type ProxySettings, type TestProxy, sourceOf } from "./run-proxy.ts";

/** Another configuration for a running proxy. */
export async function reloadWith(proxy: TestProxy, settings: ProxySettings): Promise<ReloadResult> {
  const source = sourceOf(settings);
  const loaded = { ...source, ok: true, warnings: [], origins: new Map() } as const;
  return await proxy.running.reload(() => loaded, "the test");
}

/** One that has to come into force; the answer is what changed. */
export async function reloaded(
  proxy: TestProxy,
  settings: ProxySettings,
): Promise<readonly string[]> {
  const result = await reloadWith(proxy, settings);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join("\n"));
  return result.changes;
}
