import type { ServerResponse } from "node:http";

/** Waits, but no longer than the client does: `"gone"` when its connection closed meanwhile. */
export function waitForClient(
  response: ServerResponse,
  delayMs: number,
): Promise<"elapsed" | "gone"> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve("gone");
      return;
    }
    const onClose = (): void => {
      clearTimeout(timer);
      resolve("gone");
    };
    const timer = setTimeout(() => {
      response.off("close", onClose);
      resolve("elapsed");
    }, delayMs);
    response.once("close", onClose);
  });
}
