import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { type Ended, RunningProgram } from "./running-program.ts";

/** The binary as a person calls it. */
export const binary: string = fileURLToPath(new URL("../bin/evenkeel.js", import.meta.url));

export interface RunningServer {
  readonly program: RunningProgram;
  readonly port: number;
  /** Without a slash at the end. */
  readonly origin: string;
}

/** A proxy's first listener, and its process. */
export type RunningBalancer = RunningServer;

/** A configuration file as an object; a listener on a free port unless it has one. */
export type Config = Readonly<Record<string, unknown>>;

const folders: string[] = [];

/** An empty folder that is gone when the test file ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-cli-"));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Starts a command and does not wait for anything. */
export function spawnEvenkeel(...args: readonly string[]): RunningProgram {
  return new RunningProgram(process.execPath, [binary, ...args]);
}

/** Runs a command to its end. */
export async function runEvenkeel(...args: readonly string[]): Promise<Ended> {
  return await spawnEvenkeel(...args).ended;
}

/** `evenkeel backend`, ready: for what only a process can do, such as dying. */
export async function spawnBackend(name: string, port = 0): Promise<RunningServer> {
  const program = spawnEvenkeel("backend", "--port", String(port), "--name", name, "--json");
  const ready = await program.jsonLine(({ event }) => event === "listening");
  const bound = Number(ready["port"]);
  return { program, port: bound, origin: `http://127.0.0.1:${bound}` };
}

/** `evenkeel proxy --config FILE` with two workers unless the file says otherwise, ready. */
export async function startProxy(config: Config): Promise<RunningBalancer> {
  const file = await writeConfig("evenkeel.json", JSON.stringify(withDefaults(config)));
  return await whenListening(spawnEvenkeel("proxy", "--config", file));
}

/** A proxy with one pool of these origins. Nobody checks them unless `pool` says so. */
export async function startProxyFor(
  origins: readonly string[],
  pool: Config = {},
): Promise<RunningBalancer> {
  return await startProxy({ pools: { web: { healthCheck: false, ...pool, backends: origins } } });
}

/** Waits for the line that names the addresses. */
export async function whenListening(program: RunningProgram): Promise<RunningBalancer> {
  const ready = await program.jsonLine(({ addresses }) => Array.isArray(addresses));
  const [address = ""] = ready["addresses"] as readonly string[];
  return { program, port: Number(address.split(":").at(-1)), origin: `http://${address}` };
}

/** Writes a file into a folder of its own and gives its path. */
export async function writeConfig(name: string, text: string): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, text);
  return file;
}

function withDefaults(config: Config): Config {
  return { workers: 2, listeners: [{ address: "127.0.0.1:0" }], ...config };
}
