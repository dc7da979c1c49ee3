import { setTimeout as sleep } from "node:timers/promises";
import { startCpuProfile, startHeapProfile } from "node:v8";
import type { Worker } from "node:worker_threads";

export type ProfileKind = "cpu" | "heap";

/** What V8 has seen in one thread. */
export interface ThreadProfile {
  readonly thread: string;
  /** JSON, as in a `.cpuprofile` or `.heapprofile`. */
  readonly json: string;
}

export interface TakenProfile {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly threads: readonly ThreadProfile[];
}

export interface ProfileRequest {
  readonly kind: ProfileKind;
  readonly seconds: number;
  /** Names; null = all. */
  readonly threads: readonly string[] | null;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

interface Handle {
  stop(): string | Promise<string>;
}

/** Bytes between two samples of the heap: one in hundreds of requests, where V8's 512 KiB would miss most. */
const heapSampleBytes = 32 * 1024;
const heapStackDepth = 64;

/**
 * Looks into the threads of this process, one profile at a time: each one slows them down, and V8 has one
 * profiler of a kind for a thread. No inspector port is opened.
 */
export class Profiler {
  readonly #workers: () => readonly (Worker | null)[];
  #busyUntil: number | null = null;

  /** `workers` by index; null while one is being replaced. */
  constructor(workers: () => readonly (Worker | null)[]) {
    this.#workers = workers;
  }

  /** `control` and the workers that run. */
  get threads(): readonly string[] {
    return ["control", ...this.#running().map(({ thread }) => thread)];
  }

  /** Milliseconds until the running profile ends; null when there is none. */
  get busyMs(): number | null {
    return this.#busyUntil === null ? null : Math.max(0, this.#busyUntil - performance.now());
  }

  /** Only while none runs. Rejects when `signal` says that nobody wants it. */
  async take({ kind, seconds, threads, signal }: ProfileRequest): Promise<TakenProfile> {
    if (this.#busyUntil !== null) throw new Error("a profile is being taken");
    this.#busyUntil = performance.now() + seconds * 1_000;
    const startedAtMs = Date.now();
    const startedAt = performance.now();
    try {
      const handles = await this.#start(kind, threads);
      const slept = sleep(seconds * 1_000, null, { signal }).then(
        () => null,
        (reason: unknown) => reason,
      );
      const aborted = await slept;
      const durationMs = performance.now() - startedAt;
      const taken = await Promise.all(
        handles.map(async ({ thread, handle }) => ({ thread, json: await stopped(handle) })),
      );
      if (aborted !== null) throw new Error("nobody waits for the profile", { cause: aborted });
      const whole = taken.flatMap(({ thread, json }) => (json === null ? [] : [{ thread, json }]));
      return { startedAtMs, durationMs, threads: whole };
    } finally {
      this.#busyUntil = null;
    }
  }

  async #start(
    kind: ProfileKind,
    wanted: readonly string[] | null,
  ): Promise<readonly { readonly thread: string; readonly handle: Handle }[]> {
    const isWanted = (thread: string): boolean => wanted === null || wanted.includes(thread);
    // First, because it may throw, and then nothing was begun.
    const control = isWanted("control") ? [{ thread: "control", handle: startHere(kind) }] : [];
    const workers = this.#running().filter(({ thread }) => isWanted(thread));
    const started = await Promise.all(
      workers.map(async ({ thread, worker }) => {
        const options = { sampleInterval: heapSampleBytes, stackDepth: heapStackDepth };
        const handle = kind === "cpu" ? worker.startCpuProfile() : worker.startHeapProfile(options);
        // A worker that ends at this moment has no profile; the others do.
        return await handle.then(
          (started) => [{ thread, handle: started }],
          () => [],
        );
      }),
    );
    return [...control, ...started.flat()];
  }

  #running(): readonly { readonly thread: string; readonly worker: Worker }[] {
    return this.#workers().flatMap((worker, index) =>
      worker === null ? [] : [{ thread: `worker-${index}`, worker }],
    );
  }
}

function startHere(kind: ProfileKind): Handle {
  return kind === "cpu"
    ? startCpuProfile()
    : startHeapProfile({ sampleInterval: heapSampleBytes, stackDepth: heapStackDepth });
}

/** null where the thread has ended. */
async function stopped(handle: Handle): Promise<string | null> {
  try {
    return await handle.stop();
  } catch {
    return null;
  }
}
