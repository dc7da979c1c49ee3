import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ownBinary } from "../../failover/system/child-program.ts";
import { SpawnedBackend } from "../../failover/system/spawned-backend.ts";
import type { SystemUnderTest } from "../../failover/system/system-under-test.ts";

/** A ledger's line is written at the end of a turn of the backend's event loop. */
const ledgerDelayMs = 100;

/** Test-backends, each a process of its own, that serve all balancers one after the other. */
export class Fleet {
  readonly backends: readonly SpawnedBackend[];
  readonly #folder: string;

  private constructor(backends: readonly SpawnedBackend[], folder: string) {
    this.backends = backends;
    this.#folder = folder;
  }

  /** `flags` are further ones of `evenkeel backend`. */
  static async start(count: number, flags: readonly string[] = []): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), "evenkeel-scorecard-backends-"));
    const backends = Array.from(
      { length: count },
      (_, index) => new SpawnedBackend(`Server-${index + 1}`, ownBinary(), folder, flags),
    );
    const fleet = new Fleet(backends, folder);
    try {
      await Promise.all(backends.map((backend) => backend.start()));
      return fleet;
    } catch (error) {
      await fleet.dispose();
      throw error;
    }
  }

  /** The fleet behind a balancer that listens at `url`. Whoever started the balancer ends it. */
  behind(url: string): SystemUnderTest {
    const { backends } = this;
    return {
      url,
      backends,
      backendCount: backends.length,
      settings: undefined,
      onRecord: () => {},
      async collect() {
        await sleep(ledgerDelayMs);
        const sightings = await Promise.all(backends.map((backend) => backend.sightings()));
        return { balancer: undefined, backends: sightings.flat(), events: undefined };
      },
      async dispose() {},
    };
  }

  async dispose(): Promise<void> {
    for (const backend of this.backends) backend.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
