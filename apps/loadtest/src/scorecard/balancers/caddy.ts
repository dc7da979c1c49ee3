import { join } from "node:path";
import { type Balancer, commonPolicy, isAtLeast, isWeighted, type PoolSetup } from "./balancer.ts";
import { findProgram, locateProgram } from "./installed-program.ts";

/** Caddy with active and passive checks; without `lb_try_duration` it would try nothing twice. */
export const caddy: Balancer = {
  name: "caddy",
  locate: () => locateProgram("caddy", ["version"], /v?(\d+[\d.]*\d)/),
  lacks({ servers }, version) {
    if (!isWeighted(servers) || isAtLeast(version, "2.7.0")) return undefined;
    return "weights come with Caddy 2.7";
  },
  prepare: (setup) => ({
    files: { Caddyfile: caddyfile(setup) },
    binary: {
      file: findProgram("caddy") ?? "caddy",
      args: [],
      name: "caddy",
      env: { HOME: setup.folder, XDG_CONFIG_HOME: setup.folder, XDG_DATA_HOME: setup.folder },
    },
    args: ["run", "--config", join(setup.folder, "Caddyfile"), "--adapter", "caddyfile"],
  }),
};

/** The configuration file. */
export function caddyfile(setup: PoolSetup): string {
  const { port, servers, inFlightPerServer } = setup;
  const { connectTimeoutMs, responseTimeoutMs } = commonPolicy;
  const { checkPath, checkIntervalMs, checkTimeoutMs } = commonPolicy;
  const addresses = servers.map((server) => `127.0.0.1:${server.port}`).join(" ");
  const limit =
    inFlightPerServer === undefined ? "" : `\t\tunhealthy_request_count ${inFlightPerServer}\n`;
  return `{
	admin off
	auto_https off
	log {
		output stderr
		level PANIC
	}
}

http://:${port} {
	bind 127.0.0.1
	reverse_proxy ${addresses} {
		lb_policy ${policyOf(setup)}
		lb_try_duration 3s
		lb_try_interval 50ms
		health_uri ${checkPath}
		health_interval ${checkIntervalMs}ms
		health_timeout ${checkTimeoutMs}ms
		fail_duration 10s
		unhealthy_status 5xx
${limit}		transport http {
			dial_timeout ${connectTimeoutMs}ms
			response_header_timeout ${responseTimeoutMs}ms
		}
	}
}
`;
}

function policyOf({ servers, sticky }: PoolSetup): string {
  if (sticky) return "cookie";
  if (!isWeighted(servers)) return "round_robin";
  return `weighted_round_robin ${servers.map(({ weight }) => weight).join(" ")}`;
}
