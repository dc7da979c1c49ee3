import type { Binary } from "../../failover/system/child-program.ts";

/** One server behind a balancer. */
export interface PoolServer {
  /** As in `X-Backend`. */
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly weight: number;
}

/** What a balancer is asked to do; everything else is {@link commonPolicy}. */
export interface PoolSetup {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Its own empty folder. */
  readonly folder: string;
  readonly servers: readonly PoolServer[];
  /** Clients return to their first server, by a cookie. */
  readonly sticky: boolean;
  /** Requests at one server at a time; undefined: any number. */
  readonly inFlightPerServer: number | undefined;
}

/** What every balancer is told alike, where it has a word for it. */
export const commonPolicy: {
  readonly workers: number;
  readonly checkPath: string;
  readonly checkIntervalMs: number;
  readonly checkTimeoutMs: number;
  /** Checks in a row that change the verdict. */
  readonly checkThreshold: number;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  /** Further tries of a request that may be repeated. */
  readonly retries: number;
} = {
  workers: 2,
  checkPath: "/health",
  checkIntervalMs: 1000,
  checkTimeoutMs: 1000,
  checkThreshold: 2,
  connectTimeoutMs: 1000,
  responseTimeoutMs: 2000,
  retries: 2,
};

/** Whether a balancer can run here; `reason` is shown to the user as it is. */
export type Availability =
  | { readonly kind: "ready"; readonly version: string }
  | { readonly kind: "missing"; readonly reason: string };

/** How to start it: the configuration files to write into its folder, and the command. */
export interface BalancerStart {
  /** The configuration first. */
  readonly files: Readonly<Record<string, string>>;
  readonly binary: Binary;
  readonly args: readonly string[];
}

/** One balancer that can be started and scored. */
export interface Balancer {
  readonly name: string;
  locate(): Availability;
  /** Why this version cannot do what the setup asks; undefined when it can. */
  lacks(setup: Pick<PoolSetup, "servers" | "sticky">, version: string): string | undefined;
  prepare(setup: PoolSetup): BalancerStart;
}

/** Whether the servers are to get different shares. */
export function isWeighted(servers: readonly Pick<PoolServer, "weight">[]): boolean {
  return new Set(servers.map(({ weight }) => weight)).size > 1;
}

/** `2.6.12` is at least `2.4`, and `1.29.10` at least `1.29.6`. */
export function isAtLeast(version: string, least: string): boolean {
  const numbers = version.split(".").map(Number);
  for (const [index, part] of least.split(".").map(Number).entries()) {
    const number = numbers[index] ?? 0;
    if (number !== part) return number > part;
  }
  return true;
}
