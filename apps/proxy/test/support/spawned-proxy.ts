import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary = fileURLToPath(new URL("../../../cli/bin/evenkeel.js", import.meta.url));
const patienceMs = 50_000;

export interface SpawnOptions {
  /** The configuration file, as an object. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `ulimit -n`, hard and soft; Node raises the soft one to the hard one. */
  readonly descriptors?: number;
  /** Its inspector listens. */
  readonly inspect?: boolean;
}

/** The real binary in a process of its own, so that its memory and its descriptors are its own too. */
export class SpawnedProxy {
  stderr = "";
  /** Access records, one line each. */
  stdout = "";
  port = 0;
  readonly #child: ChildProcess;
  readonly #folder: string;

  constructor({ config, descriptors, inspect = false }: SpawnOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), "evenkeel-proxy-"));
    const file = join(this.#folder, "evenkeel.json");
    writeFileSync(file, JSON.stringify(config));
    const limit = descriptors === undefined ? "" : `ulimit -n ${descriptors} && `;
    const command = `${limit}exec "$0" "$1" proxy --config "$2"`;
    this.#child = spawn("/bin/sh", ["-c", command, process.execPath, binary, file], {
      stdio: ["ignore", "pipe", "pipe"],
      env: inspect ? { ...process.env, NODE_OPTIONS: "--inspect=127.0.0.1:0" } : process.env,
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async untilListening(): Promise<void> {
    this.port = Number(await this.#said(/"listening on 127\.0\.0\.1:(\d+)/));
  }

  /** `http://127.0.0.1:9000` */
  async adminOrigin(): Promise<string> {
    return `http://${await this.#said(/admin listener on ([\d.:]+)/)}`;
  }

  async inspectorUrl(): Promise<string> {
    return await this.#said(/Debugger listening on (ws:\S+)/);
  }

  /** What the expression's group finds in what it logs. */
  async #said(expression: RegExp): Promise<string> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = expression.exec(this.stderr)?.[1];
      if (found !== undefined) return found;
      if (!this.isRunning || performance.now() > deadline) {
        throw new Error(`the proxy does not listen: ${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Resident memory; Linux only. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Open descriptors; Linux only. */
  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    if (this.isRunning) {
      this.#child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Starts it and waits until it listens; whoever calls this kills it. */
export async function spawnProxy(options: SpawnOptions): Promise<SpawnedProxy> {
  const proxy = new SpawnedProxy(options);
  try {
    await proxy.untilListening();
  } catch (error) {
    await proxy.kill();
    throw error;
  }
  return proxy;
}
