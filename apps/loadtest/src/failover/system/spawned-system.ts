import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PoolConfig } from "@evenkeel/config";
import type { BalancerEvent } from "../judge/measure.ts";
import { type DetectionSettings, detectionSettings } from "../predict/detection-settings.ts";
import { type BalancerRecord, parseBalancerRecord } from "../ledgers/balancer-log.ts";
import { type Binary, ChildProgram } from "./child-program.ts";
import { parseBalancerEvent } from "./balancer-events.ts";
import { type PoolTemplate, runnableConfig } from "./pool-settings.ts";
import { SpawnedBackend } from "./spawned-backend.ts";
import type { SystemRecords, SystemUnderTest } from "./system-under-test.ts";

const startTimeoutMs = 20_000;

/** Real backends behind a real balancer, all of them processes of ours. */
export class SpawnedSystem implements SystemUnderTest {
  readonly backends: readonly SpawnedBackend[];
  readonly #records: BalancerRecord[] = [];
  readonly #events: BalancerEvent[] = [];
  onRecord: (record: BalancerRecord) => void = () => {};
  readonly #binary: Binary;
  readonly #template: PoolTemplate;
  readonly #folder: string;
  #proxy: ChildProgram | undefined;
  #url = "";
  #pool: PoolConfig | undefined;

  private constructor(binary: Binary, template: PoolTemplate, folder: string) {
    this.#binary = binary;
    this.#template = template;
    this.#folder = folder;
    this.backends = template.backends.map((name) => new SpawnedBackend(name, binary, folder));
  }

  /** Starts everything; nothing is left behind when that fails. */
  static async start(binary: Binary, template: PoolTemplate): Promise<SpawnedSystem> {
    const folder = await mkdtemp(join(tmpdir(), "evenkeel-failover-"));
    const system = new SpawnedSystem(binary, template, folder);
    try {
      await Promise.all(system.backends.map((backend) => backend.start()));
      await system.#startProxy();
      return system;
    } catch (error) {
      await system.dispose();
      throw error;
    }
  }

  get url(): string {
    return this.#url;
  }

  get backendCount(): number {
    return this.backends.length;
  }

  get settings(): DetectionSettings {
    if (this.#pool === undefined) throw new Error("the balancer was not started");
    return detectionSettings(this.#pool);
  }

  /** In an order that completes every ledger: the balancer first, it flushes its log. */
  async collect(): Promise<SystemRecords> {
    this.#proxy?.signal("SIGTERM");
    await this.#proxy?.ended;
    await Promise.all(this.backends.map((backend) => backend.stop()));
    const sightings = await Promise.all(this.backends.map((backend) => backend.sightings()));
    return { balancer: this.#records, backends: sightings.flat(), events: this.#events };
  }

  async dispose(): Promise<void> {
    this.#proxy?.signal("SIGKILL");
    for (const backend of this.backends) backend.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #startProxy(): Promise<void> {
    const urls = this.backends.map(({ url }) => url);
    const { text, pool } = runnableConfig(this.#template, urls);
    this.#pool = pool;
    const file = join(this.#folder, "evenkeel.json");
    await writeFile(file, text);
    this.#proxy = new ChildProgram(this.#binary, ["proxy", "--config", file], {
      stdout: (line) => this.#hearRecord(line),
      stderr: (line) => this.#hearEvent(line),
    });
    this.#url = await this.#proxy.expectLine(listeningUrl, startTimeoutMs);
  }

  #hearRecord(line: string): void {
    const record = parseBalancerRecord(line);
    if (record === undefined) return;
    this.#records.push(record);
    this.onRecord(record);
  }

  #hearEvent(line: string): void {
    const event = parseBalancerEvent(line);
    if (event !== undefined) this.#events.push(event);
  }
}

function listeningUrl(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  const { addresses } = JSON.parse(line) as { readonly addresses?: readonly string[] };
  return addresses === undefined ? undefined : `http://${addresses[0]}/`;
}
