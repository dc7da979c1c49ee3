import { once } from "node:events";
import { createServer } from "node:net";
import { exitCodes, ScriptError } from "./script-error.ts";

/** Throws a ScriptError (exit code 69) that names every port that cannot be listened on. */
export async function requireFreePorts(host: string, ports: readonly number[]): Promise<void> {
  const problems: string[] = [];
  for (const port of ports) {
    const problem = await tryPort(host, port);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length === 0) return;
  const advice = "nothing was started; choose others with --port";
  throw new ScriptError(`${problems.join(", ")} (${advice})`, exitCodes.cannotBind);
}

async function tryPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "EADDRINUSE" ? `port ${port} is taken` : `port ${port} is refused (${code})`;
  }
  server.close();
  await once(server, "close");
  return undefined;
}
