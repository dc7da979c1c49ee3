import type { IdleProfile } from "./profile.ts";

/** Browsers that keep their connection and do nothing. */
export const idle5000: IdleProfile = {
  kind: "idle",
  name: "idle-5000",
  title: "5,000 idle connections after one request each",
  idleConnections: 5000,
  request: { method: "GET", bodyBytes: 0, responseBytes: 102, closeConnection: false },
};
