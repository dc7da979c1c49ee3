import { join } from "node:path";
import { findProgram, missingPackage, readVersion } from "../proc/programs.ts";
import type { Availability, Proxy, ProxySetup, ProxyStart } from "./proxy.ts";

/** Caddy with one Go processor, no admin listener, no TLS, and as many kept connections as the others. */
export const caddy: Proxy = {
  name: "caddy",
  locate(): Availability {
    const program = findProgram("caddy");
    if (program === undefined) return { kind: "missing", reason: missingPackage("caddy", "caddy") };
    return { kind: "ready", version: readVersion(program, ["version"], /v?(\d+[\d.]*)/) };
  },
  prepare(setup: ProxySetup): ProxyStart {
    const file = join(setup.directory, "Caddyfile");
    return {
      files: { Caddyfile: caddyfile(setup) },
      command: {
        program: findProgram("caddy") ?? "caddy",
        args: ["run", "--config", file, "--adapter", "caddyfile"],
        env: {
          GOMAXPROCS: "1",
          HOME: setup.directory,
          XDG_CONFIG_HOME: setup.directory,
          XDG_DATA_HOME: setup.directory,
        },
      },
    };
  },
};

/** The configuration file. */
export function caddyfile({ port, backendPort }: ProxySetup): string {
  return `{
	admin off
	auto_https off
	log {
		output stderr
		level ERROR
	}
}

http://:${port} {
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:${backendPort} {
		transport http {
			keepalive 1h
			keepalive_idle_conns_per_host 64
		}
	}
}
`;
}
