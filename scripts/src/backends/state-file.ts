import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { exitCodes, ScriptError } from "./script-error.ts";

/** One backend that was started. */
export interface StartedBackend {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** From `identifyProcess`, right after the start. */
  readonly identity: string;
  /** Its output goes here. */
  readonly logFile: string;
}

/** Remembers started backends between two commands: one file per user and checkout. */
export class StateFile {
  /** Holds the state and the logs; only this user can read it. */
  readonly folder: string;
  readonly #path: string;

  constructor(repositoryRoot: string) {
    const checkout = createHash("sha256").update(repositoryRoot).digest("hex").slice(0, 12);
    this.folder = join(tmpdir(), `evenkeel-${userInfo().username}-${checkout}`);
    this.#path = join(this.folder, "backends.json");
  }

  /** Backends that were started and not stopped; they need not be alive. */
  read(): StartedBackend[] {
    if (!existsSync(this.folder)) return [];
    this.claimFolder();
    try {
      return JSON.parse(readFileSync(this.#path, "utf8")) as StartedBackend[];
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw new ScriptError(`cannot read ${this.#path}: ${String(error)}`, exitCodes.failure);
    }
  }

  /** Replaces what is remembered, at once: a reader never sees half a file. */
  write(backends: readonly StartedBackend[]): void {
    if (backends.length === 0) {
      rmSync(this.#path, { force: true });
      return;
    }
    this.claimFolder();
    const draft = `${this.#path}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(backends, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.#path);
  }

  /** Creates the folder, or throws a ScriptError when it is not this user's own. */
  // The temporary folder belongs to everybody: what somebody else put there must not make us
  // signal a process or write through a link.
  claimFolder(): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const { uid } = userInfo();
    const found = lstatSync(this.folder);
    if (found.isDirectory() && (uid === -1 || found.uid === uid)) return;
    throw new ScriptError(`${this.folder} belongs to somebody else; remove it`, exitCodes.failure);
  }
}
