import { request } from "undici";
import { LoadtestError } from "../../errors.ts";
import type { BackendSighting } from "./backend-ledger.ts";

/** The parts of a test-backend's `/__stats` that count requests by id. */
interface BackendStats {
  readonly byRequestId?: Readonly<Record<string, number>>;
  readonly requestIdsForgotten?: number;
}

/**
 * What a test-backend counted since it started, by the ids in `X-Req-Id`; times are not known.
 *
 * @throws LoadtestError `LEDGER_LOST` when it cannot be asked, or has forgotten ids: what it does not know
 * would look like requests that never came.
 */
export async function readBackendStats(url: string): Promise<BackendSighting[]> {
  const stats = await fetchStats(url);
  if ((stats.requestIdsForgotten ?? 0) > 0) {
    const count = stats.requestIdsForgotten;
    throw lost(`${url} has forgotten ${count} request ids; give its --backend-ledger instead`);
  }
  return Object.entries(stats.byRequestId ?? {}).flatMap(([id, times]) =>
    Array.from({ length: times }, () => ({ id, backend: url, atMs: Number.NaN })),
  );
}

async function fetchStats(url: string): Promise<BackendStats> {
  try {
    const { statusCode, body } = await request(new URL("/__stats", url));
    if (statusCode === 200) return (await body.json()) as BackendStats;
    await body.dump();
    throw lost(`${url} answered /__stats with ${statusCode}: it is no test-backend`);
  } catch (error) {
    if (error instanceof LoadtestError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw lost(`${url} cannot be asked for its /__stats: ${message}`);
  }
}

function lost(message: string): LoadtestError {
  return new LoadtestError("LEDGER_LOST", message);
}
