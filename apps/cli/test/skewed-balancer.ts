import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/**
 * A balancer of a few lines that takes turns, except that every `skewEvery`-th request goes to the first
 * backend whoever's turn it is. Gone when the test ends.
 */
export async function startSkewedBalancer(
  origins: readonly string[],
  skewEvery: number,
): Promise<string> {
  const agent = new http.Agent({ keepAlive: true });
  let requests = 0;
  const server = http.createServer((request, response) => {
    requests++;
    const turn = requests % skewEvery === 0 ? 0 : requests % origins.length;
    const upstream = http.request(
      new URL(request.url ?? "/", origins[turn]),
      { agent, method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.on("error", () => response.destroy());
    request.pipe(upstream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    agent.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
