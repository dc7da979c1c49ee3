import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, Program } from "./program.ts";
import { PressureWatch } from "./pressure-watch.ts";
import { StallWatch } from "./stall-watch.ts";

/** A program that listens. */
export interface Server {
  readonly program: Program;
  readonly port: number;
  /** Without a slash at the end. */
  readonly origin: string;
}

/** A balancer, and its admin listener where it has one. */
export interface Balancer extends Server {
  /** Without a slash at the end; "" without an admin listener. */
  readonly adminOrigin: string;
}

/** A configuration file as an object. */
export type Settings = Readonly<Record<string, unknown>>;

/** What a case left behind for those who look for its fault. */
export interface Evidence {
  readonly title: string;
  readonly text: string;
}

const lastLines = 25;
const graceMs = 5_000;

/** What one attempt at a case works with: a folder, and every program that it started. */
export class Stage {
  readonly folder: string;
  /** Nothing is tried again after this attempt. */
  readonly isLastAttempt: boolean;
  /** How long the machine kept this process waiting meanwhile. */
  readonly stalls: StallWatch = new StallWatch();
  /** How much of the time something waited for a processor meanwhile. */
  readonly pressure: PressureWatch = new PressureWatch();
  readonly #binary: string;
  readonly #programs: Program[] = [];
  readonly #files: Evidence[] = [];
  readonly #atEnd: (() => unknown)[] = [];

  private constructor(binary: string, folder: string, isLastAttempt: boolean) {
    this.#binary = binary;
    this.folder = folder;
    this.isLastAttempt = isLastAttempt;
  }

  /** `binary` is the `evenkeel` to test. */
  static async open(binary: string, isLastAttempt: boolean): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "evenkeel-acceptance-"));
    return new Stage(binary, folder, isLastAttempt);
  }

  /** Starts `evenkeel …` and waits for nothing. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    const program = new Program(this.#binary, args, env);
    this.#programs.push(program);
    return program;
  }

  /** Starts a script on the suite's own Node. */
  startScript(file: string): Program {
    const program = new Program(file, []);
    this.#programs.push(program);
    return program;
  }

  /** Runs `evenkeel …` to its end. */
  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return await this.start(args, env).ended;
  }

  /** One `evenkeel backend`, ready. */
  async backend(name: string, flags: readonly string[] = [], port = 0): Promise<Server> {
    const args = ["backend", "--port", String(port), "--name", name, "--json", ...flags];
    const program = this.start(args);
    const ready = await program.jsonLine(`${name} listens`, ({ event }) => event === "listening");
    return serverAt(program, Number(ready["port"]));
  }

  /** Backends that are processes of their own, named Server-1, Server-2, … */
  async backends(count: number, flags: readonly string[] = []): Promise<readonly Server[]> {
    const names = Array.from({ length: count }, (_, index) => `Server-${index + 1}`);
    return await Promise.all(names.map((name) => this.backend(name, flags)));
  }

  /** `evenkeel proxy --config FILE` on free ports, with two workers unless the file says otherwise, ready. */
  async proxy(settings: Settings, env: NodeJS.ProcessEnv = {}): Promise<Balancer> {
    const defaults = { version: 1, workers: 2, listeners: [{ address: "127.0.0.1:0" }] };
    const whole = { ...defaults, ...settings };
    const file = await this.writeFile("evenkeel.json", JSON.stringify(whole, null, 2));
    return await this.whenReady(this.start(["proxy", "--config", file], env), "admin" in whole);
  }

  /** A proxy with one pool of these backends. Nobody checks them unless `pool` says so. */
  async proxyFor(
    backends: readonly (string | Settings)[],
    pool: Settings = {},
    top: Settings = {},
  ): Promise<Balancer> {
    return await this.proxy({ ...top, pools: { web: { healthCheck: false, ...pool, backends } } });
  }

  /** Waits for the line that names the addresses of a proxy. */
  async whenReady(program: Program, hasAdmin = false): Promise<Balancer> {
    const ready = await program.jsonLine("it listens", (line) => Array.isArray(line["addresses"]));
    const [address = ""] = ready["addresses"] as readonly string[];
    const admin = hasAdmin
      ? await program.jsonLine("the admin listener", (line) => typeof line["admin"] === "string")
      : {};
    const adminOrigin = "admin" in admin ? `http://${String(admin["admin"])}` : "";
    return { ...serverAt(program, Number(address.split(":").at(-1))), adminOrigin };
  }

  /** Writes a file into the folder and gives its path. */
  async writeFile(name: string, text: string): Promise<string> {
    const file = join(this.folder, `${this.#files.length + 1}-${name}`);
    await writeFile(file, text);
    this.#files.push({ title: file, text });
    return file;
  }

  /** Does this when the attempt is over. */
  atEnd(action: () => unknown): void {
    this.#atEnd.push(action);
  }

  /** What it wrote, and the last lines of every program. */
  evidence(): readonly Evidence[] {
    const words = this.#programs.map((program) => ({
      title: `$ ${program.commandLine}`,
      text: [tail(program.stderr), tail(program.stdout)].filter(Boolean).join("\n"),
    }));
    return [...this.#files, ...words];
  }

  /** Ends everything that it started. Load testers have children of their own, so they are asked first. */
  async close(): Promise<void> {
    this.stalls.stop();
    for (const action of this.#atEnd) await action();
    const running = this.#programs.filter(({ isRunning }) => isRunning);
    for (const program of running) {
      program.kill(program.commandLine.startsWith("evenkeel loadtest") ? "SIGINT" : "SIGKILL");
    }
    const timer = setTimeout(() => this.kill(), graceMs);
    await Promise.allSettled(running.map(({ ended }) => ended));
    clearTimeout(timer);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** At once; for the end of the process. */
  kill(): void {
    for (const program of this.#programs) program.kill("SIGKILL");
  }
}

function serverAt(program: Program, port: number): Server {
  return { program, port, origin: `http://127.0.0.1:${port}` };
}

function tail(text: string): string {
  const lines = text.trimEnd().split("\n");
  const left = lines.length - lastLines;
  return [...(left > 0 ? [`… ${left} lines before`] : []), ...lines.slice(-lastLines)].join("\n");
}
