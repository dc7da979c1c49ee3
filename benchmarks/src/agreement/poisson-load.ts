import { Pool } from "undici";

export interface PoissonLoad {
  readonly url: string;
  readonly ratePerSecond: number;
  readonly meanServiceMs: number;
  readonly requests: number;
  /** 0 to 1, one stream for arrivals and one for work, so that every strategy meets the same requests. */
  readonly arrivalRandom: () => number;
  readonly workRandom: () => number;
}

/** Share of the requests, the first ones, that are not counted: as in the simulation. */
const warmup = 0.1;

export interface LoadResult {
  /** From the planned moment of sending, of the counted answers that were 200. */
  readonly latenciesMs: readonly number[];
  readonly failed: number;
  /** Latest that a request was sent after its planned moment: a busy machine shows here. */
  readonly worstLagMs: number;
}

/**
 * Open loop: requests are sent at their moments however slow the answers are. Each says what work it
 * is (`X-Work-Ms`), so chance is the generator's and not the backends'.
 */
export async function runPoissonLoad(load: PoissonLoad): Promise<LoadResult> {
  const pool = new Pool(load.url, { connections: null, keepAliveTimeout: 60_000 });
  const latenciesMs: number[] = [];
  const pending: Promise<void>[] = [];
  let failed = 0;
  let worstLagMs = 0;
  let dueAt = performance.now() + 100;
  const uncounted = load.requests * warmup;
  const send = async (plannedAt: number, workMs: number, index: number): Promise<void> => {
    const headers = { "x-work-ms": workMs.toFixed(3) };
    try {
      const { statusCode, body } = await pool.request({ path: "/", method: "GET", headers });
      await body.dump();
      if (statusCode !== 200) failed++;
      else if (index >= uncounted) latenciesMs.push(performance.now() - plannedAt);
    } catch {
      failed++;
    }
  };
  for (let sent = 0; sent < load.requests;) {
    const now = performance.now();
    while (sent < load.requests && dueAt <= now) {
      worstLagMs = Math.max(worstLagMs, now - dueAt);
      pending.push(send(dueAt, exponential(load.meanServiceMs, load.workRandom), sent));
      dueAt += exponential(1_000 / load.ratePerSecond, load.arrivalRandom);
      sent++;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
  }
  await Promise.all(pending);
  await pool.close();
  return { latenciesMs, failed, worstLagMs };
}

function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random());
}
