import type { Command } from "../proc/processes.ts";

/** Whether a proxy can run here; `reason` is shown to the user as it is. */
export type Availability =
  | { readonly kind: "ready"; readonly version: string }
  | { readonly kind: "missing"; readonly reason: string };

/** What a proxy needs to know to stand in front of the backend. */
export interface ProxySetup {
  readonly port: number;
  readonly backendPort: number;
  /** Its own empty folder. */
  readonly directory: string;
}

/** How to start it: the configuration files to write into its folder, and the command. */
export interface ProxyStart {
  readonly files: Readonly<Record<string, string>>;
  readonly command: Command;
}

/** One proxy under test. */
export interface Proxy {
  readonly name: string;
  locate(): Availability;
  prepare(setup: ProxySetup): ProxyStart;
}
