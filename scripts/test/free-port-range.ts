import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";

/** Listens on a port that the system chose; it is taken until the server is closed. */
export async function takePort(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** The first of `count` consecutive ports that were free a moment ago. */
export async function findFreePorts(count: number): Promise<number> {
  for (;;) {
    const { server, port } = await takePort();
    const servers = [server];
    try {
      for (let i = 1; i < count; i++) servers.push((await takePort(port + i)).server);
      return port;
    } catch {
      // A neighbour is taken (or beyond 65535): try elsewhere.
    } finally {
      for (const taken of servers) taken.close();
      await Promise.all(servers.map((taken) => once(taken, "close")));
    }
  }
}
