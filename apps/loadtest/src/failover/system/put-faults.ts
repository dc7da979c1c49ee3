import { request } from "undici";
import { LoadtestError } from "../../errors.ts";
import type { BackendFault } from "../faults/victim.ts";

const faultTimeoutMs = 5000;

/** `PUT /__faults` of a test-backend. */
export async function putFaults(url: string, faults: readonly BackendFault[]): Promise<void> {
  const { statusCode, body } = await request(new URL("/__faults", url), {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(faults),
    signal: AbortSignal.timeout(faultTimeoutMs),
  });
  const answer = await body.text();
  if (statusCode < 300) return;
  throw new LoadtestError("FAULT_FAILED", `${url} refused the fault (${statusCode}): ${answer}`);
}
