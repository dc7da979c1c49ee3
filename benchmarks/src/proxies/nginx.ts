import { join } from "node:path";
import { findProgram, missingPackage, readVersion } from "../proc/programs.ts";
import type { Availability, Proxy, ProxySetup, ProxyStart } from "./proxy.ts";

/**
 * nginx as a person who knows it would set it up for this: one worker, HTTP/1.1 with kept
 * connections to the backend (the default is a new one per request), no log, no body in files.
 */
export const nginx: Proxy = nginxVariant("nginx", []);

/**
 * The same with buffers as large as HAProxy's. The default of 4 KB each costs nginx about twice
 * the CPU on answers that do not fit in one.
 */
export const nginx16k: Proxy = nginxVariant("nginx-16k", [
  "proxy_buffer_size 16k;",
  "proxy_buffers 16 16k;",
  "proxy_busy_buffers_size 64k;",
]);

function nginxVariant(name: string, directives: readonly string[]): Proxy {
  return {
    name,
    locate(): Availability {
      const program = findProgram("nginx");
      if (program === undefined) {
        return { kind: "missing", reason: missingPackage("nginx", "nginx") };
      }
      return { kind: "ready", version: readVersion(program, ["-v"], /nginx\/(\S+)/) };
    },
    prepare(setup: ProxySetup): ProxyStart {
      const file = join(setup.directory, "nginx.conf");
      return {
        files: { "nginx.conf": nginxConfig(setup, directives) },
        command: {
          program: findProgram("nginx") ?? "nginx",
          args: ["-e", "stderr", "-p", setup.directory, "-c", file],
        },
      };
    },
  };
}

/** The configuration file, with further directives for the proxied location. */
export function nginxConfig(setup: ProxySetup, directives: readonly string[]): string {
  const { port, backendPort, directory } = setup;
  return `daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  proxy_max_temp_file_size 0;
  upstream backend {
    server 127.0.0.1:${backendPort};
    keepalive 64;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
${directives.map((directive) => `      ${directive}\n`).join("")}    }
  }
}
`;
}
