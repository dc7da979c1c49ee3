import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./concurrent.ts";

/** Another balancer that expects a PROXY header and answers with what that says. */
export type Receiver = "haproxy" | "nginx";

const configurations: Readonly<Record<Receiver, (port: number, folder: string) => string>> = {
  haproxy: (port) => `
global
  log stderr local0
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
frontend in
  bind 127.0.0.1:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port]"
`,
  nginx: (port, folder) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
  server {
    listen 127.0.0.1:${port} proxy_protocol;
    location / {
      return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port";
    }
  }
}
`,
};

export function isInstalled(receiver: Receiver): boolean {
  return spawnSync(receiver, ["-v"]).error === undefined;
}

/** Serves on `port` until the test ends. */
export function startReceiver(receiver: Receiver, port: number): void {
  const folder = mkdtempSync(join(tmpdir(), `evenkeel-${receiver}-`));
  const file = join(folder, "configuration");
  writeFileSync(file, configurations[receiver](port, folder));
  const flags = receiver === "haproxy" ? ["-db", "-f", file] : ["-p", folder, "-c", file];
  const child: ChildProcess = spawn(receiver, flags, { stdio: "ignore" });
  atEnd(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  });
}
