import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Availability, Proxy, ProxySetup, ProxyStart } from "./proxy.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const binaries = join(root, "node_modules", ".bin");

/** Evenkeel without access log, as nginx and HAProxy run here. */
export const evenkeel: Proxy = evenkeelVariant("evenkeel", { accessLog: "off" });

/** Evenkeel writing one JSON record per request, to /dev/null. */
export const evenkeelLog: Proxy = evenkeelVariant("evenkeel-log", { accessLog: "json" });

/** Evenkeel sending requests that are ready in the same moment to one connection at once. */
export const evenkeelPipelining: Proxy = evenkeelVariant("evenkeel-pipelining", {
  accessLog: "off",
  pipelining: true,
});

/** One worker and two, for the comparison of the two with each other. */
export const evenkeelWorkers: readonly Proxy[] = [
  evenkeelVariant("1 worker", { accessLog: "off" }),
  evenkeelVariant("2 workers", { accessLog: "off", workers: 2 }),
];

/** What differs between the variants of Evenkeel that are measured. */
export interface EvenkeelVariant {
  readonly accessLog: "off" | "json";
  /** Off when left out, which is the default. */
  readonly pipelining?: boolean;
  /** 1 when left out. */
  readonly workers?: number;
}

/**
 * The configuration file: as many kept connections as the others have, everything else that is not
 * in the variant as it is by default, so a client's connection closes after 1,000 requests or so.
 */
export function evenkeelConfig(setup: ProxySetup, variant: EvenkeelVariant): string {
  const { accessLog, pipelining = false, workers = 1 } = variant;
  return `version: 1
workers: ${workers}
listeners:
  - address: 127.0.0.1:${setup.port}
pools:
  web:
    strategy: round-robin
    backends:
      - url: http://127.0.0.1:${setup.backendPort}
    healthCheck: false
    connections: { poolSize: 64${pipelining ? ", pipelining: true" : ""} }
routes:
  - pool: web
accessLog: ${accessLog}
`;
}

function evenkeelVariant(name: string, variant: EvenkeelVariant): Proxy {
  return {
    name,
    locate(): Availability {
      if (existsSync(join(binaries, "evenkeel")))
        return { kind: "ready", version: readOwnVersion() };
      return { kind: "missing", reason: "node_modules/.bin/evenkeel is missing (pnpm install)" };
    },
    prepare(setup: ProxySetup): ProxyStart {
      const file = join(setup.directory, "evenkeel.yaml");
      return {
        files: { "evenkeel.yaml": evenkeelConfig(setup, variant) },
        command: {
          program: join(binaries, "evenkeel"),
          args: ["proxy", "--config", file],
          env: { PATH: `${binaries}:${process.env["PATH"] ?? ""}` },
        },
      };
    },
  };
}

function readOwnVersion(): string {
  const text = readFileSync(join(root, "apps", "cli", "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
