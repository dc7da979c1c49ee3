import type { Socket } from "node:net";

/**
 * Bytes the kernel has not taken yet. `writableLength` only changes when a whole write is done, so
 * it cannot tell a slow reader from a stopped one.
 */
export function writeQueueBytes(socket: Socket): number {
  const handle = (socket as unknown as { _handle: { writeQueueSize?: number } | null })._handle;
  return handle?.writeQueueSize ?? socket.writableLength;
}
