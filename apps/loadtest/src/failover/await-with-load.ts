import type { RunningOpenLoop } from "../engine/open-loop.ts";
import type { OpenLoopResult } from "../engine/open-loop-messages.ts";

/** Waits for the load and for what is done beside it. When that fails the load ends: it would show nothing. */
export async function awaitWithLoad<T>(
  loop: RunningOpenLoop,
  beside: Promise<T>,
): Promise<[OpenLoopResult, T]> {
  try {
    return await Promise.all([loop.result, beside]);
  } catch (error) {
    loop.abort();
    await loop.result.catch(() => {});
    throw error;
  }
}
