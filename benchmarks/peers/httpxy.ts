import { Agent, createServer } from "node:http";
import type { ClassicProxyModule } from "./classic-proxy.ts";

const [port, backendPort] = process.argv.slice(2).map(Number);
// A variable, so that the type check does not need the package either.
const packageName: string = "httpxy";
const peer = (await import(packageName)) as ClassicProxyModule;

const proxy = peer.createProxyServer({
  target: `http://127.0.0.1:${backendPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: 64 }),
});
proxy.on("error", (error) => console.error(error));

const server = createServer((request, response) => void proxy.web(request, response));
server.keepAliveTimeout = 3_600_000;
server.listen(port, "127.0.0.1");
