import type { ThroughputProfile } from "./profile.ts";

/** An API call with a body both ways, larger than one read on the way back. */
export const post10k50k: ThroughputProfile = {
  kind: "throughput",
  name: "post-10k-50k",
  title: "10 KB POST, 50 KB response, keep-alive",
  request: { method: "POST", bodyBytes: 10_240, responseBytes: 51_200, closeConnection: false },
};
