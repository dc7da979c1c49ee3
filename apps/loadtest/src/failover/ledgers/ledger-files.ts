import { open, readFile, stat } from "node:fs/promises";
import { LoadtestError } from "../../errors.ts";
import { type BackendSighting, parseBackendLedger } from "./backend-ledger.ts";
import { type BalancerRecord, parseBalancerRecord } from "./balancer-log.ts";
import { readBackendStats } from "./backend-stats.ts";

/** Where the balancer and the backends of a target write down what they do. */
export interface LedgerSources {
  /** The balancer's JSON access log. */
  readonly balancerLog: string | undefined;
  /** Name to NDJSON file of every backend that keeps a ledger. */
  readonly backendLedgers: ReadonlyMap<string, string>;
  /** Own URLs of test-backends, for what they count themselves (`/__stats`). */
  readonly backendUrls: readonly string[];
}

/** What they wrote; undefined for a ledger that does not exist. */
export interface LedgerRecords {
  readonly balancer: readonly BalancerRecord[] | undefined;
  readonly backends: readonly BackendSighting[] | undefined;
}

/** Ledgers of a target, from the moment they were attached. */
export class LedgerFiles {
  readonly #sources: LedgerSources;
  /** What the log held before is not ours, and may be large. */
  readonly #logOffset: number;

  private constructor(sources: LedgerSources, logOffset: number) {
    this.#sources = sources;
    this.#logOffset = logOffset;
  }

  /**
   * Notes where the log ends now.
   *
   * @throws LoadtestError `BAD_OPTION` for a file that is not there: it would be an empty ledger.
   */
  static async attach(sources: LedgerSources): Promise<LedgerFiles> {
    const { balancerLog, backendLedgers } = sources;
    for (const file of backendLedgers.values()) await sizeOf("backend ledger", file);
    const offset = balancerLog === undefined ? 0 : await sizeOf("balancer log", balancerLog);
    return new LedgerFiles(sources, offset);
  }

  /** Reads what is there now. */
  async collect(): Promise<LedgerRecords> {
    const { balancerLog, backendLedgers, backendUrls } = this.#sources;
    const hasBackends = backendLedgers.size > 0 || backendUrls.length > 0;
    const sightings = await Promise.all([
      ...[...backendLedgers].map(async ([name, file]) =>
        parseBackendLedger(await readFile(file, "utf8"), name),
      ),
      ...backendUrls.map(readBackendStats),
    ]);
    return {
      balancer: balancerLog === undefined ? undefined : await this.#readLog(balancerLog),
      backends: hasBackends ? sightings.flat() : undefined,
    };
  }

  async #readLog(file: string): Promise<BalancerRecord[]> {
    const records: BalancerRecord[] = [];
    const handle = await open(file);
    // Line by line: the log of a long run does not fit into one text.
    const lines = handle.readLines({ start: this.#logOffset, encoding: "utf8" });
    for await (const line of lines) {
      const record = parseBalancerRecord(line);
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}

async function sizeOf(what: string, file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new LoadtestError("BAD_OPTION", `${what}: ${message}`, { cause: error });
  }
}
