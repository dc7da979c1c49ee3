import { anyWhole, judgeBadRequests } from "./bad-requests.ts";
import type { Check } from "./check.ts";
import { target, wireRequest } from "./wire-request.ts";

const versions = ["HTTP/0.9", "HTTP/2.0", "HTTP/1.10", "http/1.1", "RTSP/1.0", "HTTP/1.1.1"];

/** A version that nobody speaks here means a reader who reads something else. */
export const requestVersion: Check = {
  name: "request-version",
  group: "protocol",
  title: "versions that are not HTTP/1",
  rule: "a request line with another version than HTTP/1.0 or HTTP/1.1 is refused",
  run: (scene) =>
    judgeBadRequests(
      scene,
      versions.map((version) => ({
        name: version,
        send: wireRequest(`GET ${target} ${version}`, ["Connection: close"]),
      })),
      anyWhole,
    ),
};
