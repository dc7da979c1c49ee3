import type { ThroughputProfile } from "./profile.ts";

/** Streaming: what a megabyte costs once the head is forgotten. */
export const download1m: ThroughputProfile = {
  kind: "throughput",
  name: "download-1m",
  title: "1 MB download, keep-alive",
  request: { method: "GET", bodyBytes: 0, responseBytes: 1_048_576, closeConnection: false },
};
