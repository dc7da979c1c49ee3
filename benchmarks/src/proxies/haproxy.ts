import { join } from "node:path";
import { findProgram, missingPackage, readVersion } from "../proc/programs.ts";
import type { Availability, Proxy, ProxySetup, ProxyStart } from "./proxy.ts";

/** HAProxy with one thread, connections to the backend reused always, no log. */
export const haproxy: Proxy = {
  name: "haproxy",
  locate(): Availability {
    const program = findProgram("haproxy");
    if (program === undefined) {
      return { kind: "missing", reason: missingPackage("haproxy", "haproxy") };
    }
    return { kind: "ready", version: readVersion(program, ["-v"], /version (\d+[\d.]*)/i) };
  },
  prepare(setup: ProxySetup): ProxyStart {
    return {
      files: { "haproxy.cfg": haproxyConfig(setup) },
      command: {
        program: findProgram("haproxy") ?? "haproxy",
        args: ["-db", "-f", join(setup.directory, "haproxy.cfg")],
      },
    };
  },
};

/** The configuration file. */
export function haproxyConfig({ port, backendPort }: ProxySetup): string {
  return `global
  nbthread 1
  maxconn 8192

defaults
  mode http
  http-reuse always
  timeout connect 3s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h

frontend in
  bind 127.0.0.1:${port} backlog 4096
  default_backend out

backend out
  server b 127.0.0.1:${backendPort}
`;
}
