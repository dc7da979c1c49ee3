// A balancer inside a program or a test: no other process, no threads, free ports, nothing on stdout.
//
//   node_modules/.bin/node examples/library.ts
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBalancer } from "@evenkeel/proxy";

/** A server of your own. */
async function startServer(name: string): Promise<Server> {
  const server = createServer((_request, response) => response.end(name));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const servers = await Promise.all(["one", "two"].map(startServer));
const backends = servers.map((server) => {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

{
  // The words of the configuration file. At the end of the block it finishes what runs and is gone.
  await using balancer = await createBalancer({ pools: { web: { backends } } });
  balancer.on("health", ({ backend, to }) => console.log(`${backend} is ${to}`));
  balancer.on("request", ({ path, status }) => console.log(`${path} was answered with ${status}`));
  for (const path of ["/a", "/b"]) {
    const response = await fetch(`${balancer.url}${path}`);
    console.log(`${path} came from ${await response.text()}`);
  }
}

for (const server of servers) server.close();
