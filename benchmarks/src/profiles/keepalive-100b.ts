import type { ThroughputProfile } from "./profile.ts";

/** Small answers on kept connections: what a request costs when its body costs nothing. */
export const keepalive100b: ThroughputProfile = {
  kind: "throughput",
  name: "keepalive-100b",
  title: "102-byte response, keep-alive",
  request: { method: "GET", bodyBytes: 0, responseBytes: 102, closeConnection: false },
};
