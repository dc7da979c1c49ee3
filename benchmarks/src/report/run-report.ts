import type { Environment } from "../environment.ts";
import type { ProfileReport } from "../measure/results.ts";

/** Everything one run found out; `--json` writes it as it is. */
export interface RunReport {
  /** What to type to get such figures again. */
  readonly command: string;
  readonly environment: Environment;
  readonly settings: {
    readonly connections: number;
    readonly rounds: number;
    readonly seconds: number;
    readonly warmupSeconds: number;
  };
  readonly cores: {
    readonly proxy: readonly number[];
    readonly load: readonly number[];
    readonly backend: readonly number[];
  };
  readonly backend: string;
  /** Version by proxy. */
  readonly versions: Readonly<Record<string, string>>;
  /** One line for each proxy or profile that was left out. */
  readonly skipped: readonly string[];
  readonly profiles: readonly ProfileReport[];
}
