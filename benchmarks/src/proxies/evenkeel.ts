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

/** What differs between the variants of Evenkeel that are measured. */
export interface EvenkeelVariant {
  readonly accessLog: "off" | "json";
}

/** The configuration file: one worker and as many kept connections as the others have. */
export function evenkeelConfig(setup: ProxySetup, variant: EvenkeelVariant): string {
  return `version: 1
workers: 1
listeners:
  - address: 127.0.0.1:${setup.port}
pools:
  web:
    strategy: round-robin
    backends:
      - url: http://127.0.0.1:${setup.backendPort}
    healthCheck: false
    connections: { poolSize: 64 }
routes:
  - pool: web
accessLog: ${variant.accessLog}
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
