import { vi } from "vitest";

/** Waits until the condition holds; fails only where the machine is slow beyond reason. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 5 });
}
