import { join } from "node:path";
import { ownBinary } from "../../failover/system/child-program.ts";
import { type Balancer, commonPolicy, isWeighted, type PoolSetup } from "./balancer.ts";

/** Protects nothing: the pool lives for a minute, on this machine. */
const sessionKey = "no-secret-at-all-for-the-scorecard-only";

/** This very program; everything that is not in the file is its default. */
export function evenkeel(version: string): Balancer {
  return {
    name: "evenkeel",
    locate: () => ({ kind: "ready", version }),
    lacks: () => undefined,
    prepare: (setup) => ({
      files: { "evenkeel.yaml": evenkeelConfig(setup) },
      binary: { ...ownBinary(), name: "evenkeel proxy" },
      args: ["proxy", "--config", join(setup.folder, "evenkeel.yaml")],
    }),
  };
}

/** The configuration file. */
export function evenkeelConfig({ port, servers, sticky, inFlightPerServer }: PoolSetup): string {
  const { workers, connectTimeoutMs, responseTimeoutMs, retries } = commonPolicy;
  const { checkPath, checkIntervalMs, checkTimeoutMs, checkThreshold } = commonPolicy;
  const strategy = isWeighted(servers) ? "weighted-round-robin" : "round-robin";
  const backends = servers.map(({ name, port: serverPort, weight }) => {
    const share = weight === 1 ? "" : `, weight: ${weight}`;
    return `      - { url: http://127.0.0.1:${serverPort}, id: ${name}${share} }`;
  });
  return `version: 1
workers: ${workers}
listeners:
  - address: 127.0.0.1:${port}
pools:
  web:
    strategy: ${strategy}
    backends:
${backends.join("\n")}
    healthCheck: { path: ${checkPath}, interval: ${checkIntervalMs}ms, timeout: ${checkTimeoutMs}ms, unhealthyThreshold: ${checkThreshold}, healthyThreshold: ${checkThreshold} }
    retry: { maxRetries: ${retries}, statuses: [502, 503, 504] }
    timeouts: { connect: ${connectTimeoutMs}ms, response: ${responseTimeoutMs}ms }
${sticky ? `    sticky: { secret: ${sessionKey} }\n` : ""}${
    inFlightPerServer === undefined
      ? ""
      : `    limits: { inFlightPerBackend: ${inFlightPerServer} }\n`
  }accessLog: "off"
`;
}
