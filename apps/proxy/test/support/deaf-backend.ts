import { type Socket, connect } from "node:net";
import { Worker } from "node:worker_threads";
import { atEnd } from "./concurrent.ts";

// Listens, says where, and blocks its thread before it could accept anything.
const code = `
const { createServer } = require("node:net");
const { parentPort } = require("node:worker_threads");
const server = createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** A port whose queue is full and never emptied: a SYN to it gets no answer. */
export async function startDeafBackend(): Promise<number> {
  const worker = new Worker(code, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  const fillers: Socket[] = [];
  atEnd(async () => {
    for (const filler of fillers) filler.destroy();
    await worker.terminate();
  });
  for (;;) {
    const filler = connect({ port, host: "127.0.0.1" });
    fillers.push(filler);
    filler.on("error", () => {});
    const isAnswered = await Promise.race([
      new Promise<boolean>((resolve) => filler.once("connect", () => resolve(true))),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 150)),
    ]);
    if (!isAnswered) return port;
  }
}
