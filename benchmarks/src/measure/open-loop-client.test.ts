import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { OpenLoopClient } from "./open-loop-client.ts";

test("a server that ends connections after a few answers causes no errors", async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.end("ok"));
  server.maxRequestsPerSocket = 3;
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = await OpenLoopClient.open(port, "/", 2);
  for (let run = 0; run < 2; run += 1) {
    const { sent, completed, errors } = await client.run(200, 200);
    expect(errors).toBe(0);
    expect(sent).toBe(completed);
    expect(sent).toBeGreaterThan(6);
  }
  client.close();
  expect(connections).toBeGreaterThan(4);
});
