import { chmod, mkdir, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "../proc/programs.ts";
import { freePorts, waitForPort } from "../proc/ports.ts";
import type { Command } from "../proc/processes.ts";
import type { Workbench } from "../workbench.ts";
import { createContentServer } from "./content-server.ts";
import { isInline, nginxBackendConfig } from "./nginx-backend.ts";
import { payload } from "./payload.ts";

const START_TIMEOUT_MS = 5000;

/** The server behind every proxy. */
export interface Backend {
  readonly port: number;
  /** What it runs on, for the report. */
  readonly title: string;
}

/** Starts nginx as the backend, or a small Node server where nginx is missing. */
export async function startBackend(
  bench: Workbench,
  responseSizes: readonly number[],
): Promise<Backend> {
  const directory = join(bench.directory, "backend");
  await mkdir(join(directory, "www", "bytes"), { recursive: true });
  const [port = 0] = await freePorts(1);
  const nginx = findProgram("nginx");
  const command =
    nginx === undefined
      ? nodeCommand(port)
      : await nginxCommand(bench, nginx, port, directory, responseSizes);
  const started = bench.processes.start(command, {
    cores: bench.cores.backend,
    errorFile: join(directory, "stderr.log"),
  });
  if (!(await waitForPort(port, START_TIMEOUT_MS, () => !started.isRunning))) {
    throw new Error(`the backend does not start: ${started.errorTail()}`);
  }
  return { port, title: nginx === undefined ? "node:http" : "nginx" };
}

function nodeCommand(port: number): Command {
  const file = fileURLToPath(new URL("content-server-main.ts", import.meta.url));
  return { program: process.execPath, args: [file, String(port)] };
}

async function nginxCommand(
  bench: Workbench,
  program: string,
  port: number,
  directory: string,
  responseSizes: readonly number[],
): Promise<Command> {
  for (const bytes of responseSizes.filter((size) => !isInline(size))) {
    await writeFile(join(directory, "www", "bytes", String(bytes)), payload(bytes));
  }
  // Started by root, nginx's worker is another user and must still reach the files.
  await chmod(directory, 0o755);
  const echoPort = await startEcho(bench);
  const workers = bench.cores.backend.length;
  const config = nginxBackendConfig({ port, echoPort, workers, directory, responseSizes });
  await writeFile(join(directory, "nginx.conf"), config);
  return { program, args: ["-e", "stderr", "-p", directory, "-c", join(directory, "nginx.conf")] };
}

async function startEcho(bench: Workbench): Promise<number> {
  const server = createContentServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  bench.onClose(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
