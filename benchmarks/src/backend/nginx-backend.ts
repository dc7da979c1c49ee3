import { payload } from "./payload.ts";
import { NOT_FOUND_BODY } from "./content-server.ts";

/** Bodies up to this size stand in the configuration; nginx refuses longer strings there. */
const LARGEST_INLINE_BYTES = 2048;

/** Where the backend listens, what it serves, and where `/echo` goes on to. */
export interface NginxBackendSetup {
  readonly port: number;
  readonly echoPort: number;
  readonly workers: number;
  readonly directory: string;
  readonly responseSizes: readonly number[];
}

/** nginx as the fastest fixed-answer server at hand: it must never be what limits a proxy. */
export function nginxBackendConfig(setup: NginxBackendSetup): string {
  return `daemon off;
worker_processes ${setup.workers};
pid ${setup.directory}/nginx.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
  access_log off;
  default_type text/plain;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_body_temp_path ${setup.directory}/body;
  proxy_temp_path ${setup.directory}/proxy;
  fastcgi_temp_path ${setup.directory}/fastcgi;
  uwsgi_temp_path ${setup.directory}/uwsgi;
  scgi_temp_path ${setup.directory}/scgi;
  open_file_cache max=100 inactive=1h;
  open_file_cache_valid 1h;
  server {
    listen 127.0.0.1:${setup.port} backlog=4096;
    root ${setup.directory}/www;
    location / { error_page 405 =200 $uri; }
    location = /status/404 { return 404 "${NOT_FOUND_BODY}"; }
    location /echo { proxy_pass http://127.0.0.1:${setup.echoPort}; }
${setup.responseSizes.filter(isInline).map(inlineLocation).join("\n")}
  }
}
`;
}

/** Whether a body of this size is part of the configuration and needs no file. */
export function isInline(bytes: number): boolean {
  return bytes <= LARGEST_INLINE_BYTES;
}

function inlineLocation(bytes: number): string {
  return `    location = /bytes/${bytes} { return 200 "${payload(bytes).toString("latin1")}"; }`;
}
