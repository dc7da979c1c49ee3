import type { ServerResponse } from "node:http";

/**
 * Waits until every earlier response on the connection is written, so that what is done to the
 * connection now does not happen to them: `"gone"` when it closed meanwhile.
 */
export function waitForTurn(response: ServerResponse): Promise<"turn" | "gone"> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve("gone");
    else if (response.socket !== null) resolve("turn");
    else {
      response.once("socket", () => resolve("turn"));
      response.once("close", () => resolve("gone"));
    }
  });
}
