import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { LoadtestError } from "../../errors.ts";
import type { BackendFault, Victim } from "../faults/victim.ts";
import type { BalancerRecord } from "../ledgers/balancer-log.ts";
import { LedgerFiles } from "../ledgers/ledger-files.ts";
import { putFaults } from "./put-faults.ts";
import type { SystemRecords, SystemUnderTest } from "./system-under-test.ts";

/** A balancer that somebody else runs, and how its victim is broken. */
export interface TargetOptions {
  readonly url: string;
  /** The victim's name in the backend header. */
  readonly victim: string;
  readonly backendCount: number;
  /** Shell commands that break the victim and bring it back. */
  readonly killCommand: string | undefined;
  readonly returnCommand: string | undefined;
  /** The victim's process, for faults that are signals. */
  readonly pid: number | undefined;
  /** The victim's own URL, when it is a test-backend, for faults that it can play. */
  readonly victimUrl: string | undefined;
  /** The balancer's JSON access log. */
  readonly accessLog: string | undefined;
  /** `name=FILE` of every backend that keeps a ledger. */
  readonly backendLedgers: ReadonlyMap<string, string>;
}

/** A balancer from outside: only what its operator gave us can be seen and done. */
export class TargetSystem implements SystemUnderTest {
  readonly url: string;
  readonly backends: readonly Victim[];
  readonly backendCount: number;
  readonly settings: undefined = undefined;
  onRecord: (record: BalancerRecord) => void = () => {};
  readonly #ledgers: LedgerFiles;

  private constructor(options: TargetOptions, ledgers: LedgerFiles) {
    this.#ledgers = ledgers;
    this.url = options.url;
    this.backendCount = options.backendCount;
    this.backends = [new TargetVictim(options)];
  }

  /** Notes where the access log ends now. */
  static async attach(options: TargetOptions): Promise<TargetSystem> {
    const { accessLog: balancerLog, backendLedgers } = options;
    const sources = { balancerLog, backendLedgers, backendUrls: [] };
    return new TargetSystem(options, await LedgerFiles.attach(sources));
  }

  async collect(): Promise<SystemRecords> {
    return { ...(await this.#ledgers.collect()), events: undefined };
  }

  async dispose(): Promise<void> {}
}

class TargetVictim implements Victim {
  readonly name: string;
  readonly #options: TargetOptions;

  constructor(options: TargetOptions) {
    this.name = options.victim;
    this.#options = options;
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    const { killCommand, pid } = this.#options;
    if (pid !== undefined) process.kill(pid, signal);
    else if (killCommand !== undefined) await runCommand(killCommand);
    else throw missing("--victim-pid or --victim-kill");
  }

  async restart(): Promise<void> {
    const { returnCommand } = this.#options;
    if (returnCommand === undefined) throw missing("--victim-return");
    await runCommand(returnCommand);
  }

  async setFaults(faults: readonly BackendFault[]): Promise<void> {
    const { victimUrl } = this.#options;
    if (victimUrl === undefined) throw missing("--victim-url");
    await putFaults(victimUrl, faults);
  }
}

async function runCommand(command: string): Promise<void> {
  const child: ChildProcess = spawn(command, {
    shell: true,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code === 0) return;
  throw new LoadtestError("FAULT_FAILED", `${JSON.stringify(command)} ended with code ${code}`);
}

function missing(option: string): LoadtestError {
  return new LoadtestError("BAD_OPTION", `this fault needs ${option}`);
}
