import type { ScalingProfile } from "./profile.ts";

/** What the second worker is worth. */
export const twoWorkers: ScalingProfile = {
  kind: "scaling",
  name: "two-workers",
  title: "Evenkeel with one worker and with two, 102-byte response, keep-alive",
  request: { method: "GET", bodyBytes: 0, responseBytes: 102, closeConnection: false },
};
