import { join } from "node:path";
import {
  type Balancer,
  commonPolicy,
  isAtLeast,
  type PoolServer,
  type PoolSetup,
} from "./balancer.ts";
import { findProgram, locateProgram } from "./installed-program.ts";

/**
 * nginx as its documentation sets it up for this. Without the commercial edition it has no active checks: it
 * learns from traffic alone, and takes a server out after one failure for ten seconds (its defaults).
 */
export const nginx: Balancer = {
  name: "nginx",
  locate: () => locateProgram("nginx", ["-v"], /nginx\/(\d[\d.]*)/),
  lacks({ sticky }, version) {
    if (!sticky || isAtLeast(version, "1.29.6")) return undefined;
    return "sticky cookies come with nginx 1.29.6, or with the commercial edition";
  },
  prepare: (setup) => ({
    files: { "nginx.conf": nginxConfig(setup) },
    binary: { file: findProgram("nginx") ?? "nginx", args: [], name: "nginx" },
    args: ["-e", "stderr", "-p", setup.folder, "-c", join(setup.folder, "nginx.conf")],
  }),
};

/** The configuration file. */
export function nginxConfig(setup: PoolSetup): string {
  const { folder, port, servers, sticky } = setup;
  const { workers, connectTimeoutMs, responseTimeoutMs, retries } = commonPolicy;
  const lines = servers.map((server) => `    server ${serverOf(server, setup)};`).join("\n");
  // Started by root its workers would become another user, who may not write into the folder.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `daemon off;
${user}worker_processes ${workers};
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream web {
    # Shared by the workers. By default (max_fails=1 fail_timeout=10s) one failure takes a server out for
    # ten seconds, and a kept connection that closes is one; with all of them out clients get 502.
    zone web 128k;
${lines}
${sticky ? "    sticky cookie srv_id expires=1h path=/;\n" : ""}    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://web;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_connect_timeout ${connectTimeoutMs}ms;
      proxy_read_timeout ${responseTimeoutMs}ms;
      # What is not tried again does not count as a failure of the server either.
      proxy_next_upstream error timeout http_500 http_502 http_503 http_504;
      proxy_next_upstream_tries ${retries + 1};
    }
  }
}
`;
}

function serverOf({ port, weight }: PoolServer, { inFlightPerServer }: PoolSetup): string {
  const limit = inFlightPerServer === undefined ? "" : ` max_conns=${inFlightPerServer}`;
  return `127.0.0.1:${port}${weight === 1 ? "" : ` weight=${weight}`}${limit}`;
}
