import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Availability, Proxy, ProxySetup, ProxyStart } from "./proxy.ts";

/** Every byte copied, nothing parsed: no HTTP proxy in Node can be cheaper than this. */
export const nodePipe: Proxy = nodePeer("node-pipe", []);

/** The same with pauses that were put there: what measures latency must find them. */
export const plantedPause: Proxy = nodePeer("planted-pause", []);

/** Other HTTP proxies in Node; each is skipped when its packages are not installed. */
export const nodePeers: readonly Proxy[] = [
  nodePeer("node-http-undici", ["undici"]),
  nodePeer("reply-from", ["@fastify/reply-from", "fastify"]),
  nodePeer("httpxy", ["httpxy"]),
  nodePeer("http-proxy-3", ["http-proxy-3"]),
];

/** A server file under `peers/`; its version is that of the first package it needs. */
function nodePeer(name: string, packages: readonly string[]): Proxy {
  return {
    name,
    locate: () => locatePackages(packages),
    prepare: (setup: ProxySetup): ProxyStart => ({
      files: {},
      command: {
        program: process.execPath,
        args: [
          fileURLToPath(new URL(`../../peers/${name}.ts`, import.meta.url)),
          String(setup.port),
          String(setup.backendPort),
        ],
        env: { NODE_ENV: "production" },
      },
    }),
  };
}

function locatePackages(packages: readonly string[]): Availability {
  const versions = packages.map(installedVersion);
  const absent = packages.filter((_, index) => versions[index] === undefined);
  if (absent.length === 0) return { kind: "ready", version: versions[0] ?? process.versions.node };
  return { kind: "missing", reason: `npm package not installed: ${absent.join(", ")}` };
}

function installedVersion(name: string): string | undefined {
  let directory = import.meta.dirname;
  while (dirname(directory) !== directory) {
    const file = join(directory, "node_modules", name, "package.json");
    if (existsSync(file)) {
      return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
    }
    directory = dirname(directory);
  }
  return undefined;
}
