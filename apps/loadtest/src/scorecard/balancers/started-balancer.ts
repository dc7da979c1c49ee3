import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LoadtestError } from "../../errors.ts";
import { ChildProgram } from "../../failover/system/child-program.ts";
import type { Balancer, PoolSetup } from "./balancer.ts";

const startTimeoutMs = 20_000;
const stopTimeoutMs = 3000;
const pollMs = 20;
/** Another program may take the port between the look and the start. */
const mostStarts = 3;

/** A balancer that listens, with the folder that it lives in. */
export class StartedBalancer {
  readonly port: number;
  readonly #program: ChildProgram;
  readonly #folder: string;

  private constructor(port: number, program: ChildProgram, folder: string) {
    this.port = port;
    this.#program = program;
    this.#folder = folder;
  }

  /** @throws LoadtestError `CHILD_FAILED` with what the balancer said. */
  static async start(
    balancer: Balancer,
    setup: Omit<PoolSetup, "port" | "folder">,
  ): Promise<StartedBalancer> {
    for (let starts = 1; ; starts++) {
      try {
        return await StartedBalancer.#startOnce(balancer, setup);
      } catch (error) {
        if (starts === mostStarts) throw error;
      }
    }
  }

  static async #startOnce(
    balancer: Balancer,
    setup: Omit<PoolSetup, "port" | "folder">,
  ): Promise<StartedBalancer> {
    const folder = await mkdtemp(join(tmpdir(), `evenkeel-scorecard-${balancer.name}-`));
    const port = await findFreePort();
    const { files, binary, args } = balancer.prepare({ ...setup, folder, port });
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const started = new StartedBalancer(port, new ChildProgram(binary, args, {}), folder);
    try {
      await started.#untilItListens();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  /** SIGTERM, and SIGKILL to whatever of it is left after three seconds. */
  async stop(): Promise<void> {
    this.#program.signal("SIGTERM");
    await Promise.race([this.#program.ended, sleep(stopTimeoutMs, undefined, { ref: false })]);
    this.#program.killGroup();
    await this.#program.ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #untilItListens(): Promise<void> {
    const deadlineAt = performance.now() + startTimeoutMs;
    while (!(await accepts(this.port))) {
      if (!this.#program.isRunning) throw this.#program.failure("ended before it listened");
      if (performance.now() > deadlineAt) {
        throw new LoadtestError(
          "CHILD_FAILED",
          `nothing listens on port ${this.port} after ${startTimeoutMs} ms`,
        );
      }
      await sleep(pollMs);
    }
  }
}

/**
 * Below the ports that Linux gives to outgoing connections: one that is free now must not be taken by a
 * connection of ours before the balancer binds it.
 */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      server.close();
      await once(server, "close");
      return port;
    } catch {
      // Taken: try another.
    }
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
