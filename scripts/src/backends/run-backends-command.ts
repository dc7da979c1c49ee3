import { fileURLToPath } from "node:url";
import { checkHealth, urlOf } from "./backend-health.ts";
import { helpText, readCommandLine, type BackendsRequest } from "./command-line.ts";
import { exitCodes, ScriptError } from "./script-error.ts";
import { startBackends } from "./start-backends.ts";
import { StateFile } from "./state-file.ts";
import { stopBackends } from "./stop-backends.ts";
import { formatTable } from "./table.ts";

const repositoryRoot = fileURLToPath(new URL("../../../", import.meta.url));
const binary = fileURLToPath(new URL("../../../apps/cli/bin/evenkeel.js", import.meta.url));

type Row = Readonly<Record<string, string | number>>;

/** `pnpm backends`: does what the arguments ask for, prints the result, gives the exit code. */
export async function runBackendsCommand(argv: readonly string[]): Promise<number> {
  try {
    return await run(readCommandLine(argv));
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    process.stderr.write(`pnpm backends: ${error.message}\n`);
    return error.exitCode;
  }
}

async function run(request: BackendsRequest): Promise<number> {
  if (request.action === "help") {
    process.stdout.write(helpText);
    return 0;
  }
  const state = new StateFile(repositoryRoot);
  if (request.action === "stop") {
    const stopped = await stopBackends(state);
    print(
      request,
      stopped.map(({ backend, result }) => ({ name: backend.name, result })),
    );
    return 0;
  }
  if (request.action === "start") await startBackends({ ...request, state, binary });
  const rows = await describe(state);
  print(request, rows);
  if (request.action === "start") return 0;
  const allHealthy = rows.length > 0 && rows.every((row) => row["health"] === "healthy");
  return allHealthy ? 0 : exitCodes.failure;
}

function describe(state: StateFile): Promise<Row[]> {
  return Promise.all(
    state.read().map(async (backend) => {
      const { name, pid } = backend;
      return { name, url: urlOf(backend), pid, health: await checkHealth(backend) };
    }),
  );
}

function print({ json }: { readonly json: boolean }, rows: readonly Row[]): void {
  if (json) process.stdout.write(`${JSON.stringify({ backends: rows })}\n`);
  else if (rows.length === 0) process.stdout.write("No backends are running.\n");
  else process.stdout.write(formatTable(rows));
}
