import { Command, Option } from "commander";
import {
  defaultKeepAliveTimeoutMs,
  startBackend,
  type RunningBackend,
  type ServiceOptions,
} from "./backend.ts";
import type { Fault } from "./faults/fault.ts";
import { faultKinds } from "./faults/registry.ts";
import { describeListenError } from "./listen-error.ts";
import {
  parseDurationOption,
  parseNameOption,
  parsePortOption,
  parseCountOption,
} from "./option-values.ts";
import { untilSignalled } from "./shutdown-signals.ts";

interface BackendFlags {
  readonly port: number;
  readonly host: string;
  readonly name?: string;
  readonly failAfter?: number;
  readonly keepAliveTimeout: number;
  readonly json: boolean;
  readonly slots?: number;
  readonly queue?: number;
  readonly serviceTime?: number;
}

const exitCannotBind = 69;

const details = `
Routes (any method; every response carries X-Backend and X-Request-Count, the number of
requests so far, health checks included):
  /                this backend's name; so does every unknown path, with 200
  /echo            what arrived, as JSON: target, headers in order, trailers, body hash
  /bytes/N         N bytes; ?chunked sends chunks instead of Content-Length
  /delay/MS        answers after MS milliseconds
  /status/CODE     answers with CODE, 200 to 599
  /stream          JSON lines over time and a trailer; ?pieces=5&interval=100
  /health          200 or 503             /fail  /recover  flip it
  /__stats         what this backend really saw, by method, target and request id
--slots serves by timer, not by CPU: a request waits for a free slot, then takes its time. A field
X-Work-Ms: 12.5 in a request says what that one takes.
--latency, --slots and --fail-after leave the control routes alone: /health, /fail, /recover, /__stats
(but /health answers 503 once --fail-after has struck).

Examples:
  $ evenkeel backend --port 8081 --name Server-1
  $ evenkeel backend --port 8082 --name Server-2 --latency 150ms
  $ evenkeel backend --port 8083 --name Server-3 --fail-after 30s
  $ evenkeel backend --port 8084 --slots 4 --queue 100 --service-time 20ms
  $ curl -X POST http://127.0.0.1:8083/recover
  $ evenkeel backend --port 0 --json      prints the port it was given
`;

/** `evenkeel backend`: runs one backend until SIGTERM or SIGINT. */
export function createBackendCommand(): Command {
  const faultOptions = faultKinds.map((kind) =>
    new Option(kind.flags, kind.description).argParser((text) => kind.fromFlag(text)),
  );
  const command = new Command("backend")
    .description("run a backend that breaks on command and remembers what it saw")
    .addOption(
      new Option("--port <port>", "port to listen on, 0 for a free one")
        .argParser(parsePortOption)
        .default(8081),
    )
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--name <name>", "value of X-Backend (default: Server-<port>)", parseNameOption)
    .option(
      "--fail-after <duration>",
      "after this time /health and every other request answer 503, until /recover",
      parseDurationOption,
    )
    .addOption(
      new Option("--keep-alive-timeout <duration>", "close idle connections after; 0 = never")
        .argParser(parseDurationOption)
        .default(defaultKeepAliveTimeoutMs, `${defaultKeepAliveTimeoutMs / 1000}s`),
    )
    .addOption(
      new Option("--slots <n>", "virtual capacity: requests served at a time").argParser(
        parseCountOption(1, 10_000),
      ),
    )
    .addOption(
      new Option(
        "--queue <n>",
        "with --slots: requests that may wait, then 503 (default: any number)",
      ).argParser(parseCountOption(0, 1_000_000)),
    )
    .option(
      "--service-time <duration>",
      "with --slots: what a request takes that has no X-Work-Ms field (default: 0s)",
      parseDurationOption,
    )
    .option("--json", "print the ready line as JSON", false);
  for (const option of faultOptions) command.addOption(option);
  return command.addHelpText("after", details).action(async (flags: BackendFlags) => {
    const values: Record<string, unknown> = command.opts();
    const faults = faultOptions.map((option) => values[option.attributeName()]);
    if (flags.slots === undefined && (flags.queue ?? flags.serviceTime) !== undefined) {
      command.error("error: --queue and --service-time need --slots", { exitCode: 2 });
    }
    await runBackend(flags, faults.filter((fault) => fault !== undefined) as Fault[]);
  });
}

async function runBackend(flags: BackendFlags, faults: readonly Fault[]): Promise<void> {
  const backend = await startOrExplain(flags, faults);
  if (backend === undefined) return;
  const signalled = untilSignalled();
  process.stdout.write(`${readyLine(backend, flags.json)}\n`);
  await signalled;
  await backend.close();
}

async function startOrExplain(
  flags: BackendFlags,
  faults: readonly Fault[],
): Promise<RunningBackend | undefined> {
  const { name, host, port, failAfter, keepAliveTimeout } = flags;
  try {
    return await startBackend({
      host,
      port,
      faults,
      keepAliveTimeoutMs: keepAliveTimeout,
      ...(name === undefined ? {} : { name }),
      ...(failAfter === undefined ? {} : { failAfterMs: failAfter }),
      ...(flags.slots === undefined ? {} : { service: serviceOf(flags.slots, flags) }),
    });
  } catch (error) {
    process.stderr.write(`evenkeel backend: ${describeListenError(error, host, port)}\n`);
    process.exitCode = exitCannotBind;
    return undefined;
  }
}

function serviceOf(slots: number, { queue, serviceTime }: BackendFlags): ServiceOptions {
  return { slots, queue: queue ?? Infinity, serviceMs: serviceTime ?? 0 };
}

function readyLine({ name, host, port, url }: RunningBackend, json: boolean): string {
  if (!json) return `${name} listens on ${url}`;
  return JSON.stringify({ event: "listening", name, host, port });
}
