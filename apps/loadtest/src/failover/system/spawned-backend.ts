import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackendFault, Victim } from "../faults/victim.ts";
import { type BackendSighting, parseSighting } from "../ledgers/backend-ledger.ts";
import { type Binary, ChildProgram } from "./child-program.ts";
import { putFaults } from "./put-faults.ts";

const startTimeoutMs = 20_000;

/** A test-backend as a process of its own, with a ledger on disk that survives its death. */
export class SpawnedBackend implements Victim {
  readonly name: string;
  readonly #binary: Binary;
  readonly #folder: string;
  readonly #ledgers: string[] = [];
  #program: ChildProgram | undefined;
  #port = 0;

  constructor(name: string, binary: Binary, folder: string) {
    this.name = name;
    this.#binary = binary;
    this.#folder = folder;
  }

  /** Without a slash at the end; known once it listened. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, on a free port the first time and on the same one from then on. */
  async start(): Promise<void> {
    // A ledger of its own for every life: two processes must not write one file.
    const ledger = join(this.#folder, `${this.#ledgers.length}-${encodeURIComponent(this.name)}`);
    this.#ledgers.push(ledger);
    const args = ["--port", String(this.#port), "--name", this.name, "--ledger", ledger, "--json"];
    this.#program = new ChildProgram(this.#binary, ["backend", ...args], {});
    this.#port = await this.#program.expectLine(listeningPort, startTimeoutMs);
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
    await putFaults(this.url, faults);
  }

  /** Everything that it saw in all of its lives. */
  async sightings(): Promise<BackendSighting[]> {
    const texts = await Promise.all(this.#ledgers.map((file) => readFile(file, "utf8")));
    return texts
      .flatMap((text) => text.split("\n"))
      .map((line) => parseSighting(line, this.name))
      .filter((sighting) => sighting !== undefined);
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

function listeningPort(line: string): number | undefined {
  if (!line.startsWith("{")) return undefined;
  const { event, port } = JSON.parse(line) as { readonly event?: string; readonly port?: number };
  return event === "listening" ? port : undefined;
}
