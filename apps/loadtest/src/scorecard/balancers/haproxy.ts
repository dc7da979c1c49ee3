import { join } from "node:path";
import { type Balancer, commonPolicy, type PoolSetup } from "./balancer.ts";
import { findProgram, locateProgram } from "./installed-program.ts";

/** HAProxy with HTTP checks, traffic observed besides, and retries of GET alone. */
export const haproxy: Balancer = {
  name: "haproxy",
  locate: () => locateProgram("haproxy", ["-v"], /version (\d+[\d.]*\d)/i),
  lacks: () => undefined,
  prepare: (setup) => ({
    files: { "haproxy.cfg": haproxyConfig(setup) },
    binary: { file: findProgram("haproxy") ?? "haproxy", args: [], name: "haproxy" },
    args: ["-db", "-f", join(setup.folder, "haproxy.cfg")],
  }),
};

/** The configuration file. */
export function haproxyConfig({ port, servers, sticky, inFlightPerServer }: PoolSetup): string {
  const { workers, connectTimeoutMs, responseTimeoutMs, retries } = commonPolicy;
  const { checkPath, checkIntervalMs, checkTimeoutMs, checkThreshold } = commonPolicy;
  const limit = inFlightPerServer === undefined ? "" : ` maxconn ${inFlightPerServer}`;
  const lines = servers.map(
    ({ name, port: serverPort, weight }) =>
      `  server ${name} 127.0.0.1:${serverPort} weight ${weight}${sticky ? ` cookie ${name}` : ""}`,
  );
  return `global
  nbthread ${workers}
  maxconn 4000

defaults
  mode http
  timeout connect ${connectTimeoutMs}ms
  timeout client 30s
  timeout server ${responseTimeoutMs}ms
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout queue 1s
  timeout tunnel 5m
  timeout check ${checkTimeoutMs}ms
  option forwardfor
  option redispatch 1
  retries ${retries}
  retry-on conn-failure empty-response response-timeout 502 503 504

frontend in
  bind 127.0.0.1:${port}
  default_backend web

backend web
  balance roundrobin
  http-request disable-l7-retry if !METH_GET
  option httpchk
  http-check send meth GET uri ${checkPath}
  http-check expect status 200
${sticky ? "  cookie SRV insert indirect nocache\n" : ""}  default-server check inter ${checkIntervalMs}ms fall ${checkThreshold} rise ${checkThreshold} observe layer7 error-limit 5 on-error mark-down${limit}
${lines.join("\n")}
`;
}
