import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { ClientOutcome } from "../engine/client-ledger.ts";
import { sharedNumber } from "../engine/shared-ledger.ts";
import { CsvFile } from "../observation/csv-file.ts";
import { loadHeadings, loadRow } from "../observation/request-rows.ts";
import type { LoadPlan, LoadShare } from "./load-plan.ts";

/** A request between due and ended. Times are milliseconds since the start of the run. */
export interface FollowedRequest {
  readonly kind: number;
  readonly intendedAtMs: number;
  readonly sentAtMs: number;
}

/** Writes a worker's requests as they end, in bounded memory. */
export class RequestRows {
  readonly #share: LoadShare;
  readonly #csv: CsvFile;

  /** The first worker writes the file itself, the others a part that {@link joinParts} puts behind it. */
  constructor(share: LoadShare, csvFile: string) {
    this.#share = share;
    const isFirst = share.worker === 0;
    this.#csv = new CsvFile(
      isFirst ? csvFile : partOf(csvFile, share.worker),
      isFirst ? loadHeadings : [],
    );
  }

  /** The worker's `index`-th request is over. */
  add(request: FollowedRequest, index: number, outcome: ClientOutcome, endedAtMs: number): void {
    const { plan, worker } = this.#share;
    const kind = plan.requests[request.kind];
    const { intendedAtMs, sentAtMs } = request;
    const number = sharedNumber(index, { worker, workers: plan.workers });
    const method = kind?.method ?? "GET";
    const entry = { index: number, method, intendedAtMs, sentAtMs, endedAtMs, outcome };
    this.#csv.row(loadRow(entry, kind?.name ?? ""));
  }

  /** Waits for the disk. @throws the first error of any write. */
  async close(): Promise<void> {
    await this.#csv.close();
  }
}

/** Puts the parts of all workers into the one file. */
export async function joinParts({ csvFile, workers }: LoadPlan): Promise<void> {
  if (csvFile === undefined) return;
  for (let worker = 1; worker < workers; worker++) {
    const part = partOf(csvFile, worker);
    await pipeline(createReadStream(part), createWriteStream(csvFile, { flags: "a" }));
    await rm(part);
  }
}

function partOf(csvFile: string, worker: number): string {
  return `${csvFile}.${worker}.part`;
}
