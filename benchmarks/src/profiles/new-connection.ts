import type { ThroughputProfile } from "./profile.ts";

/** A new client connection for every request; connections to the backend are still kept. */
export const newConnection: ThroughputProfile = {
  kind: "throughput",
  name: "new-connection",
  title: "102-byte response, a new connection per request",
  request: { method: "GET", bodyBytes: 0, responseBytes: 102, closeConnection: true },
};
