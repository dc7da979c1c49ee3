import { Command, Option } from "commander";
import { defaultKeepAliveTimeoutMs, type ServiceOptions } from "./backend.ts";
import { type FaultFlags, faultOptions, faultsOf } from "./fault-flags.ts";
import { describeFaults } from "./faults/fault-help.ts";
import { Ledger } from "./ledger.ts";
import {
  parseCountOption,
  parseDurationOption,
  parseNameOption,
  parsePortOption,
  parsePortsOption,
} from "./option-values.ts";
import { runBackends } from "./run-backends.ts";

interface BackendFlags extends FaultFlags {
  readonly port: number;
  readonly ports?: readonly number[];
  readonly count?: number;
  readonly controlPort?: number;
  readonly host: string;
  readonly name?: string;
  readonly failAfter?: number;
  readonly keepAliveTimeout: number;
  readonly json: boolean;
  readonly slots?: number;
  readonly queue?: number;
  readonly serviceTime?: number;
  readonly seed: number;
  readonly ledger?: string;
  readonly ledgerArrivals: boolean;
}

const usage = { exitCode: 2 };

const details = `
Routes (any method; every response carries X-Backend and X-Request-Count, the number of
requests so far, health checks included):
  /                this backend's name; so does every unknown path, with 200
  /echo            what arrived, as JSON: target, headers in order, trailers, body hash
  /bytes/N         N bytes; ?chunked sends chunks instead of Content-Length
  /delay/MS        answers after MS milliseconds
  /status/CODE     answers with CODE, 200 to 599
  /stream          JSON lines over time and a trailer; ?pieces=5&interval=100
  /sse             server-sent events; ?events=5&interval=100, goes on after Last-Event-ID
  /ws              a WebSocket that sends back what it is sent
  /health          200 or 503             /fail  /recover  flip it
  /__stats         what this backend really saw, by method, target and request id
  /__faults        GET lists the faults; PUT replaces, POST adds, DELETE ends them (DELETE
                   /__faults/ID: one); in JSON: [{"fault":"status","code":503,"for":"20s"}]
--slots serves by timer, not by CPU: a request waits for a free slot, then takes its time. A field
X-Work-Ms: 12.5 in a request says what that one takes.
Faults, --slots and --fail-after leave the control routes alone: /health, /fail, /recover, /__stats,
/__faults (but /health answers 503 once --fail-after has struck, and a fault with path=/health
strikes it). --control-port has them too, and a port of its own that no fault reaches.

Faults, the same words in --fault, in --faults files, in PUT /__faults, in --timeline, and for one
request in a field (X-Fault: latency=100ms;status=503) or its query (?fault=status=503):
${describeFaults()}

Examples:
  $ evenkeel backend --port 8081 --name Server-1
  $ evenkeel backend --port 8082 --name Server-2 --latency 150ms
  $ evenkeel backend --port 8083 --name Server-3 --fail-after 30s
  $ evenkeel backend --port 8084 --slots 4 --queue 100 --service-time 20ms
  $ evenkeel backend --port 8085 --fault 'status=503,retryAfter=1s,probability=30%,for=20s'
  $ evenkeel backend --timeline 't=10s: 30% 503 for 20s; t=40s: refuse for 5s'
  $ evenkeel backend --ports 9001-9100 --control-port 9000 --ledger requests.ndjson
  $ curl -X PUT http://127.0.0.1:8083/__faults -d '[{"fault":"hang","count":3}]'
  $ curl -H 'X-Fault: reset=10' http://127.0.0.1:8083/bytes/100
  $ curl -X POST http://127.0.0.1:8083/recover
  $ evenkeel backend --port 0 --json      prints the port it was given
`;

/** `evenkeel backend`: runs backends until SIGTERM or SIGINT. */
export function createBackendCommand(): Command {
  const command = new Command("backend").description(
    "run a backend that breaks on command and remembers what it saw",
  );
  for (const option of [...ownOptions(), ...faultOptions()]) command.addOption(option);
  return command.addHelpText("after", details).action(async (flags: BackendFlags) => {
    refuseContradictions(command, flags);
    await run(command, flags);
  });
}

function ownOptions(): Option[] {
  return [
    new Option("--port <port>", "port to listen on, 0 for a free one")
      .argParser(parsePortOption)
      .default(8081),
    new Option("--ports <ports>", "one backend per port, such as 9001-9100 or 9001,9005")
      .argParser(parsePortsOption)
      .conflicts(["port", "count"]),
    new Option("--count <n>", "so many backends, on --port and the ports after it").argParser(
      parseCountOption(1, 1000),
    ),
    new Option(
      "--control-port <port>",
      "also answer control routes here, 0 for a free port",
    ).argParser(parsePortOption),
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    new Option("--name <name>", "value of X-Backend, with several followed by -<port>")
      .argParser(parseNameOption)
      .default(undefined, "Server-<port>"),
    new Option(
      "--fail-after <duration>",
      "after this time /health and every other request answer 503, until /recover",
    ).argParser(parseDurationOption),
    new Option("--keep-alive-timeout <duration>", "close idle connections after; 0 = never")
      .argParser(parseDurationOption)
      .default(defaultKeepAliveTimeoutMs, `${defaultKeepAliveTimeoutMs / 1000}s`),
    new Option("--slots <n>", "virtual capacity: requests served at a time").argParser(
      parseCountOption(1, 10_000),
    ),
    new Option(
      "--queue <n>",
      "with --slots: requests that may wait, then 503 (default: any number)",
    ).argParser(parseCountOption(0, 1_000_000)),
    new Option(
      "--service-time <duration>",
      "with --slots: what a request takes that has no X-Work-Ms field (default: 0s)",
    ).argParser(parseDurationOption),
    new Option("--seed <n>", "of the faults: the same seed, the same decisions")
      .argParser(parseCountOption(0, 999_999_999))
      .default(1),
    new Option(
      "--ledger <file>",
      "write a JSON line for every request that arrived, by X-Request-Id",
    ),
    new Option(
      "--ledger-arrivals",
      "also a line at each arrival, before it is handled: what a kill -9 leaves behind",
    ).default(false),
    new Option("--json", "print a JSON line per backend when it is ready").default(false),
  ];
}

function refuseContradictions(command: Command, flags: BackendFlags): void {
  if (flags.slots === undefined && (flags.queue ?? flags.serviceTime) !== undefined) {
    command.error("error: --queue and --service-time need --slots", usage);
  }
  if (flags.ledgerArrivals && flags.ledger === undefined) {
    command.error("error: --ledger-arrivals needs --ledger", usage);
  }
  const { port, count = 1 } = flags;
  if (port > 0 && port + count - 1 > 65_535) {
    command.error(`error: --count ${count} from --port ${port} goes beyond port 65535`, usage);
  }
}

async function run(command: Command, flags: BackendFlags): Promise<void> {
  const { host, name, failAfter, keepAliveTimeout, controlPort, seed } = flags;
  await runBackends({
    host,
    name,
    controlPort,
    ports: portsOf(flags),
    ledger: openLedger(command, flags),
    printsJson: flags.json,
    backend: {
      seed,
      faults: faultsOf(flags),
      keepAliveTimeoutMs: keepAliveTimeout,
      ...(failAfter === undefined ? {} : { failAfterMs: failAfter }),
      ...(flags.slots === undefined ? {} : { service: serviceOf(flags.slots, flags) }),
    },
  });
}

function portsOf({ port, ports, count = 1 }: BackendFlags): readonly number[] {
  return ports ?? Array.from({ length: count }, (_, i) => (port === 0 ? 0 : port + i));
}

function openLedger(command: Command, { ledger, ledgerArrivals }: BackendFlags) {
  if (ledger === undefined) return undefined;
  try {
    return new Ledger({ path: ledger, logsArrivals: ledgerArrivals });
  } catch (error) {
    return command.error(`error: --ledger: ${error instanceof Error ? error.message : ""}`, usage);
  }
}

function serviceOf(slots: number, { queue, serviceTime }: BackendFlags): ServiceOptions {
  return { slots, queue: queue ?? Infinity, serviceMs: serviceTime ?? 0 };
}
