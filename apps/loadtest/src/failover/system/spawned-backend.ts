import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackendFault, Victim } from "../faults/victim.ts";
import { type BackendSighting, parseBackendLedger } from "../ledgers/backend-ledger.ts";
import { type Binary, ChildProgram } from "./child-program.ts";
import { putFaults } from "./put-faults.ts";

const startTimeoutMs = 20_000;

/** A test-backend as a process of its own, with a ledger on disk that survives its death. */
export class SpawnedBackend implements Victim {
  readonly name: string;
  readonly #binary: Binary;
  readonly #folder: string;
  readonly #flags: readonly string[];
  readonly #ledgers: string[] = [];
  #program: ChildProgram | undefined;
  #port = 0;
  #controlPort = 0;

  /** `flags` are further ones of `evenkeel backend`. */
  constructor(name: string, binary: Binary, folder: string, flags: readonly string[] = []) {
    this.name = name;
    this.#binary = binary;
    this.#folder = folder;
    this.#flags = flags;
  }

  /** Without a slash at the end; known once it listened. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Starts it, on a free port the first time and on the same one from then on. */
  async start(): Promise<void> {
    // A ledger of its own for every life: two processes must not write one file.
    const ledger = join(this.#folder, `${this.#ledgers.length}-${encodeURIComponent(this.name)}`);
    this.#ledgers.push(ledger);
    const where = ["--port", String(this.#port), "--control-port", "0", "--name", this.name];
    const what = ["--ledger", ledger, "--ledger-arrivals", "--json"];
    this.#program = new ChildProgram(
      this.#binary,
      ["backend", ...where, ...what, ...this.#flags],
      {},
    );
    const ready = await this.#program.expectLine(readyLine, startTimeoutMs);
    this.#port = ready.port;
    this.#controlPort = ready.controlPort;
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    this.#program?.signal(signal);
  }

  async restart(): Promise<void> {
    // A backend that was told to finish may still hold its port.
    this.#program?.signal("SIGKILL");
    await this.#program?.ended;
    await this.start();
  }

  async setFaults(faults: readonly BackendFault[]): Promise<void> {
    // Not its own port: that may be shut.
    await putFaults(`http://127.0.0.1:${this.#controlPort}`, faults);
  }

  /** Everything that it saw in all of its lives. */
  async sightings(): Promise<BackendSighting[]> {
    const texts = await Promise.all(this.#ledgers.map((file) => readFile(file, "utf8")));
    return texts.flatMap((text) => parseBackendLedger(text, this.name));
  }

  /** Lets it finish; one that cannot, because it is stopped, is killed. */
  async stop(): Promise<void> {
    this.#program?.signal("SIGCONT");
    this.#program?.signal("SIGTERM");
    const timer = setTimeout(() => this.#program?.signal("SIGKILL"), 2000);
    await this.#program?.ended;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  kill(): void {
    this.#program?.signal("SIGKILL");
  }
}

interface ReadyLine {
  readonly event?: string;
  readonly port: number;
  readonly controlPort: number;
}

function readyLine(line: string): ReadyLine | undefined {
  if (!line.startsWith("{")) return undefined;
  const ready = JSON.parse(line) as ReadyLine;
  return ready.event === "listening" ? ready : undefined;
}
