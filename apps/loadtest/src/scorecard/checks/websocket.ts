import { once } from "node:events";
import { type Check, fail, passIf } from "./check.ts";

const longestMs = 3000;

/** A conversation instead of a request. */
export const webSocket: Check = {
  name: "websocket",
  group: "protocol",
  title: "WebSocket",
  rule: "a WebSocket opens through the balancer, and text and binary come back",
  async run(scene) {
    const { url } = await scene.testBackends();
    const socket = new WebSocket(new URL("/ws", url.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    const signal = AbortSignal.timeout(longestMs);
    try {
      await once(socket, "open", { signal });
      const text = await echo(socket, "grüße", signal);
      const binary = await echo(socket, new Uint8Array(70_000).fill(9), signal);
      const isFine =
        text === "grüße" &&
        binary instanceof ArrayBuffer &&
        Buffer.from(binary).equals(Buffer.alloc(70_000, 9));
      return passIf(isFine, isFine ? "echoed" : "garbled");
    } catch {
      return fail("no", `not open, or no echo, within ${longestMs / 1000} s`);
    } finally {
      socket.close();
    }
  },
};

async function echo(
  socket: WebSocket,
  message: string | Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<unknown> {
  const answered = once(socket, "message", { signal }) as Promise<[MessageEvent]>;
  socket.send(message);
  return (await answered)[0].data;
}
