import { once } from "node:events";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import type { Stage } from "./stage.ts";

// Listens, says where, and blocks its thread before it could accept anything.
const code = `
const { createServer } = require("node:net");
const { parentPort } = require("node:worker_threads");
const server = createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** More than a queue of one holds; the kernel takes what fits when they are made, whoever runs when. */
const fillers = 8;

/** A server whose queue of connections is full and never emptied: a SYN to it gets no answer. Gives its URL. */
export async function deafServer(stage: Stage): Promise<string> {
  const worker = new Worker(code, { eval: true });
  stage.atEnd(async () => void (await worker.terminate()));
  const [port] = (await once(worker, "message")) as [number];
  const sockets = Array.from({ length: fillers }, () => connect({ port, host: "127.0.0.1" }));
  stage.atEnd(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const socket of sockets) socket.on("error", () => {});
  await Promise.race(sockets.map((socket) => once(socket, "connect")));
  return `http://127.0.0.1:${port}`;
}
