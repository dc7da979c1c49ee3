import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

const longestMs = 10_000;
const pollMs = 50;

/**
 * Waits until each of these backends has answered through the balancer, so that a check begins with a
 * system that works; after ten seconds it begins as it is.
 */
export async function untilAllServe(url: string, names: readonly string[]): Promise<void> {
  const missing = new Set(names);
  const endsAt = performance.now() + longestMs;
  while (missing.size > 0 && performance.now() < endsAt) {
    const name = await whoAnswers(url);
    if (name === undefined || !missing.delete(name)) await sleep(pollMs);
  }
}

async function whoAnswers(url: string): Promise<string | undefined> {
  try {
    const { statusCode, headers, body } = await request(url, {
      signal: AbortSignal.timeout(longestMs),
    });
    await body.dump();
    const name = headers["x-backend"];
    return statusCode === 200 && typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
