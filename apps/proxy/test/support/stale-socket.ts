import { renameSync } from "node:fs";
import { createServer } from "node:net";

/** A socket file on which nobody listens any more, as a process that was killed leaves it. */
export async function leaveSocketBehind(path: string): Promise<void> {
  const server = createServer();
  const bound = `${path}.b`;
  await new Promise<void>((resolve) => server.listen(bound, resolve));
  // Closing removes the name that was bound only.
  renameSync(bound, path);
  await new Promise((resolve) => server.close(resolve));
}
