import { type Check, fail, pass, passIf } from "./check.ts";
import { arrivalFor, arrived } from "./wire-request.ts";

const sent: readonly string[] = [
  "Connection: X-Hop, x-other",
  "Connection: X-Second",
  "X-Hop: 1",
  "X-Other: 2",
  "X-Second: 3",
  "Keep-Alive: timeout=5",
  "Proxy-Connection: keep-alive",
  "TE: gzip",
];
const hopByHop = ["x-hop", "x-other", "x-second", "keep-alive", "proxy-connection", "te"];

/** What is meant for one connection stays there (RFC 9110 section 7.6.1). */
export const hopByHopRequest: Check = {
  name: "hop-by-hop",
  group: "protocol",
  title: "hop-by-hop fields that leak",
  rule: "no field that Connection names, nor Keep-Alive, Proxy-Connection or TE, reaches a backend",
  async run(scene) {
    const arrival = await arrivalFor(scene, ...sent);
    if ("refusedWith" in arrival) return pass(`refused, ${arrival.refusedWith}`);
    const leaked = hopByHop.filter((name) => arrived(arrival, name).length > 0);
    return leaked.length === 0
      ? passIf(true, `0 of ${hopByHop.length}`)
      : fail(`${leaked.length} of ${hopByHop.length}`, `leaked: ${leaked.join(", ")}`);
  },
};
