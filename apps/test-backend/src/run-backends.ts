import { startBackend, type BackendOptions, type RunningBackend } from "./backend.ts";
import { type RunningControl, startControl } from "./control.ts";
import type { Ledger } from "./ledger.ts";
import { describeListenError } from "./listen-error.ts";
import { untilSignalled } from "./shutdown-signals.ts";

/** What `evenkeel backend` runs. */
export interface RunOptions {
  readonly host: string;
  /** One backend per port; 0 is a free one. */
  readonly ports: readonly number[];
  /** Of the control listener; undefined: none. */
  readonly controlPort: number | undefined;
  /** With several backends the port is added to it. */
  readonly name: string | undefined;
  readonly backend: Omit<BackendOptions, "host" | "port" | "name" | "ledger">;
  readonly ledger: Ledger | undefined;
  readonly printsJson: boolean;
}

const exitCannotBind = 69;

/** What is listening. */
interface Running {
  readonly backends: readonly RunningBackend[];
  readonly control: RunningControl | undefined;
}

/** Runs backends until SIGTERM or SIGINT. When one cannot listen, none does. */
export async function runBackends(options: RunOptions): Promise<void> {
  const { ledger } = options;
  // Also at the second signal, which ends the process at once.
  process.on("exit", () => ledger?.close());
  const running = await startOrExplain(options);
  if (running === undefined) return;
  const signalled = untilSignalled();
  for (const backend of running.backends) {
    process.stdout.write(`${readyLine(backend, running, options.printsJson)}\n`);
  }
  await signalled;
  await running.control?.close();
  await Promise.all(running.backends.map((backend) => backend.close()));
  ledger?.close();
}

async function startOrExplain(options: RunOptions): Promise<Running | undefined> {
  const { host, ports, controlPort } = options;
  const backends: RunningBackend[] = [];
  let port = 0;
  try {
    for (port of ports) backends.push(await startBackend(optionsFor(port, options)));
    if (controlPort === undefined) return { backends, control: undefined };
    port = controlPort;
    const states = backends.map(({ state }) => state);
    return { backends, control: await startControl({ host, port, backends: states }) };
  } catch (error) {
    await Promise.all(backends.map((backend) => backend.kill()));
    process.stderr.write(`evenkeel backend: ${describeListenError(error, host, port)}\n`);
    process.exitCode = exitCannotBind;
    return undefined;
  }
}

function optionsFor(port: number, { host, ports, name, backend, ledger }: RunOptions) {
  const ownName = ports.length > 1 && name !== undefined ? nameByPort(name) : name;
  return {
    ...backend,
    host,
    port,
    ...(ownName === undefined ? {} : { name: ownName }),
    ...(ledger === undefined ? {} : { ledger }),
  };
}

function readyLine(backend: RunningBackend, { control }: Running, asJson: boolean): string {
  const { name, host, port, url } = backend;
  if (asJson) {
    const controlPort = control === undefined ? {} : { controlPort: control.port };
    return JSON.stringify({ event: "listening", name, host, port, ...controlPort });
  }
  if (control === undefined) return `${name} listens on ${url}`;
  return `${name} listens on ${url}, control port ${control.port}`;
}

function nameByPort(name: string): (port: number) => string {
  return (port) => `${name}-${port}`;
}
