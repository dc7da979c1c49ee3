import type { LatencyProfile } from "./profile.ts";

/** What a user feels on a proxy that is busy but not full. */
export const latencyHalfLoad: LatencyProfile = {
  kind: "latency",
  name: "latency-half-load",
  title: "Latency added at half load, 102-byte response, keep-alive",
  loadShare: 0.5,
  request: { method: "GET", bodyBytes: 0, responseBytes: 102, closeConnection: false },
};
